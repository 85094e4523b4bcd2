/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a comparison has come to, in words: offsets, and never what is there.
 */

#include "mirrord/verify/compare.h"

#define VERDICT_WORDS_MAX 240
#define VERDICT_RANGES_MAX 16

/* As many ranges as fit, and how many more there are. */
void verdict_describe(Compare *compare, char words[static VERDICT_WORDS_MAX]);
