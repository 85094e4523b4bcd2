/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One read of a disk, on this host or on the other one: of what, and then its digests. Who begins
 * one looks at it in each turn until it is done; several are under way at a time.
 */

#include "mirrord/verify/block.h"

#include <stdbool.h>

/* QEMU needs less of the processor for reads of this size than for longer ones. */
#define READ_BLOCKS_MAX 4
#define READ_SIZE_MAX (READ_BLOCKS_MAX * BLOCK_SIZE)
#define READS_MAX 32 /* under way at a time */

typedef struct Read {
        uint64_t offset; /* of the first block */
        uint32_t size;
        bool is_fresh; /* from the disk as it is now, not as it was mapped before */
        bool is_done;
        int error; /* of the read, once it is done */
        Digest digests[READ_BLOCKS_MAX];
} Read;

typedef struct Reader {
        void *object;
        /* It is done at once, or later. -EBUSY: too many are under way. */
        int (*begin)(void *object, Read *read);
} Reader;
