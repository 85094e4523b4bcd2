/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How far a mirror is, drawn on a terminal and written over, or as one line of text. When it is
 * drawn is decided elsewhere.
 */

#include "cli/mirror.h"

typedef struct Bars {
        size_t n_lines; /* of the last drawing */
} Bars;

/* Whether stdout is a terminal that lines can be written over on. */
bool bars_can_be_drawn(void);

void bars_draw(Bars *bars, const Mirror *mirror);

/* "vda 45 %, vdb 30 %, 812 MiB/s, 12 s left"; to be freed, NULL without memory. */
char *bars_disks(const Mirror *mirror);

/* The state before that, and convergence, verification and the like behind it. */
char *bars_summary(const Mirror *mirror);
