/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether what is behind a vport is what [Expect] names. Pure: compares two lists.
 */

#include "vhbad/cause.h"
#include "vhbad/lun.h"

/*
 * CAUSE_NONE, or for the first expectation that does not hold CAUSE_LUN_MISSING (also: not usable
 * yet), CAUSE_LUN_DIFFERENT or CAUSE_PATHS_MISSING, with the words in `why`.
 */
Cause expect_check(const Expect *expect, size_t n_expect, const LunPath *paths, size_t n_paths,
                   char *why, size_t why_size);
