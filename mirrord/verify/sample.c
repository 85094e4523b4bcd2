/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/sample.h"

#define PART_SIZE (1024 * 1024ULL)

/* splitmix64: each part's number by itself, so that nothing has to be kept. */
static uint64_t mix(uint64_t value) {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;

        return value ^ value >> 31;
}

bool sample_has(const Sample *sample, uint64_t offset) {
        uint64_t part = offset / PART_SIZE;

        if (sample->percent >= 100 || part == 0)
                return true;
        /* The last MiB may lie across two parts. */
        if ((part + 2) * PART_SIZE > sample->size)
                return true;

        return mix(sample->seed ^ mix(part)) % 100 < sample->percent;
}

uint64_t sample_total(const Sample *sample) {
        uint64_t total = 0;

        if (sample->percent >= 100)
                return sample->size;
        for (uint64_t at = 0; at < sample->size; at += PART_SIZE)
                if (sample_has(sample, at))
                        total += sample->size - at < PART_SIZE ? sample->size - at : PART_SIZE;

        return total;
}
