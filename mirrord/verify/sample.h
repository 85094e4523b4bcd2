/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which parts of a disk are compared: all, or a share that a seed decides, a mebibyte each. The
 * first and the last are always among them: labels, tables and superblocks are there.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Sample {
        uint64_t size; /* of the disk, in bytes */
        uint64_t seed;
        unsigned percent; /* 1 to 100, which is all */
} Sample;

bool sample_has(const Sample *sample, uint64_t offset);

/* Bytes in all of it. */
uint64_t sample_total(const Sample *sample);
