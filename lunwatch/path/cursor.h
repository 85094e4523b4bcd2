/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a page of a list ended: the key of its last path as text. It names no position, so it
 * stays good whatever comes or goes around it, even that path itself.
 */

#include "lunwatch/path/path.h"

#define CURSOR_LEN 73
typedef char Cursor[CURSOR_LEN + 1];

const char *cursor_format(const PathKey *key, Cursor ret);

/* -EINVAL for what cursor_format() never wrote. */
int cursor_parse(const char *s, PathKey *ret);
