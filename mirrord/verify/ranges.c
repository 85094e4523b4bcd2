/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/ranges.h"

#include "common/cleanup.h"
#include "mirrord/verify/block.h"

void ranges_done(Ranges *ranges) {
        free(ranges->blocks);
        *ranges = (Ranges){ 0 };
}

int ranges_add(Ranges *ranges, uint64_t block) {
        if (ranges->n == ranges->n_allocated) {
                size_t n = ranges->n_allocated ? ranges->n_allocated * 2 : 64;
                uint64_t *blocks = reallocarray(ranges->blocks, n, sizeof *blocks);

                if (!blocks)
                        return -ENOMEM;
                ranges->blocks = blocks;
                ranges->n_allocated = n;
        }
        ranges->blocks[ranges->n++] = block;
        return 0;
}

static int by_number(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return (x > y) - (x < y);
}

size_t ranges_join(Ranges *ranges, uint64_t disk_size, Range *ret, size_t max) {
        size_t n = 0;

        if (ranges->n > 0)
                qsort(ranges->blocks, ranges->n, sizeof *ranges->blocks, by_number);
        for (size_t i = 0; i < ranges->n; i++) {
                uint64_t first = ranges->blocks[i] * BLOCK_SIZE, last = first + BLOCK_SIZE - 1;

                if (last >= disk_size)
                        last = disk_size - 1;
                if (i == 0 || ranges->blocks[i] > ranges->blocks[i - 1] + 1)
                        n++;
                if (n > max)
                        continue;
                if (i == 0 || ranges->blocks[i] > ranges->blocks[i - 1] + 1)
                        ret[n - 1].first = first;
                ret[n - 1].last = last;
        }

        return n;
}
