/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a watcher was last told, so that it can tell the differences after a gap: a few hundred
 * bytes for each thing. What an image holds is watch-record.h's.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Known {
        uint64_t generation; /* of the list or the signal that it comes from */
        unsigned epoch;
        bool is_ahead; /* a resync has told it; the signal about it may be on its way */
        size_t size;   /* of the image */
        char *image;   /* behind the key */
        char key[];
} Known;

typedef struct Memory {
        void *root; /* of <search.h> */
        unsigned epoch;
} Memory;

/* NULL when there is none. */
Known *memory_find(const Memory *memory, const char *key);

/* Instead of what there was under the key. NULL without memory. */
Known *memory_put(Memory *memory, const char *key, const char *image, size_t size);

void memory_forget(Memory *memory, const char *key);

/* Between the two, everything that still is has to be put or touched; the sweep forgets the rest.
 */
void memory_begin(Memory *memory);
void memory_touch(const Memory *memory, Known *known);
int memory_sweep(Memory *memory, int (*gone)(const Known *known, void *userdata), void *userdata);

void memory_done(Memory *memory);
