/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What something that takes a while is doing, on stderr: one line that is written over on a
 * terminal, a line a step elsewhere. Knows nothing of what it is.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
        const char *subject; /* begins each line */
        bool is_quiet;       /* nothing where it is no terminal */
        char *last;
} Progress;

/* The text comes from elsewhere: it is cleaned and, on a terminal, cut at the edge. */
void progress_show(Progress *progress, const char *text);

/* Before anything else is printed. */
void progress_clear(Progress *progress);

static inline void progress_done(Progress *progress) {
        free(progress->last);
}

/* CLOCK_MONOTONIC. */
uint64_t now_usec(void);
