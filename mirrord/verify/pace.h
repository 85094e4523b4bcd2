/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * So many bytes a second are read, and not more than a quarter of a second's at once.
 */

#include <stdint.h>

typedef struct Pace {
        uint64_t limit;     /* 0: none */
        double debt;        /* bytes that were read and are not paid off yet */
        uint64_t then_usec; /* when the debt was last counted */
} Pace;

/* How long to wait before anything is read; 0: it may be. */
uint64_t pace_wait(Pace *pace, uint64_t now_usec);
void pace_take(Pace *pace, uint64_t bytes);
