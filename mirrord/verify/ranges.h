/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Blocks that are to be named: as ranges of bytes, neighbours joined.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct Range {
        uint64_t first, last; /* bytes */
} Range;

typedef struct Ranges {
        uint64_t *blocks; /* in the order in which they came */
        size_t n, n_allocated;
} Ranges;

void ranges_done(Ranges *ranges);
int ranges_add(Ranges *ranges, uint64_t block);

/* Sorts them. disk_size: the last block may be shorter. Returns how many there are, at most max of
 * which are told. */
size_t ranges_join(Ranges *ranges, uint64_t disk_size, Range *ret, size_t max);
