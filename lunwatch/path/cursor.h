/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a page of a list ended as text: the key of its last path, or the WWID of its last LUN. It
 * names no position, so it stays good whatever comes or goes around it, even that path itself.
 */

#include "lunwatch/path/lun.h"

#define CURSOR_LEN 73
typedef char Cursor[CURSOR_LEN + 1];

const char *cursor_format(const PathKey *key, Cursor ret);

/* -EINVAL for what cursor_format() never wrote. */
int cursor_parse(const char *s, PathKey *ret);

/* The same for LUNs. The WWID of what was parsed points into the text. */
#define CURSOR_LUN_MAX 512
typedef char LunCursorText[CURSOR_LUN_MAX];
const char *cursor_format_lun(const LunCursor *cursor, LunCursorText ret);
int cursor_parse_lun(const char *s, LunCursor *ret);
