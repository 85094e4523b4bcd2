/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk, and what was last written to each of its blocks as far as the disk has acknowledged it.
 * Block 0 is kept apart: only disk_put and disk_fill write it. Not locked; see writer.h.
 */

#include "tests/guest/block.h"

/* So many blocks at most in one write. */
#define DISK_WRITE_MAX 16

typedef struct Disk {
        char name[16];
        uint32_t number;
        int fd;
        uint64_t n_blocks;
        uint32_t n_writes;
        uint32_t *writes; /* of each block the number of its write, or one of the marks in disk.c */
        uint8_t *buffer;  /* DISK_WRITE_MAX blocks, aligned for O_DIRECT */
        uint8_t *put;     /* what disk_put wrote to block 0; NULL: nothing */
} Disk;

typedef struct DiskReport {
        uint64_t n_checked, n_unknown, n_bad;
} DiskReport;

/* fd is the disk's from now on, also when this fails. -EINVAL: it has too few blocks. */
int disk_init(Disk *disk, const char *name, uint32_t number, int fd);
void disk_done(Disk *disk);

/*
 * Signed blocks, zeroes, or these bytes in block 0 with zeroes behind them. Until the disk has
 * acknowledged it either content is right; a negative errno leaves the blocks unknown.
 */
int disk_write(Disk *disk, uint64_t block, uint64_t n);
int disk_zero(Disk *disk, uint64_t block, uint64_t n);
int disk_put(Disk *disk, const uint8_t *bytes, size_t size);
int disk_flush(Disk *disk);

/* Signs every block. */
int disk_fill(Disk *disk);

/* Reads every block; the first few that are bad are named on stdout. Adds to what is in report. */
void disk_check(Disk *disk, DiskReport *report);

/*
 * For a guest that has not written what is there: n_checked are the blocks that say themselves
 * which write made them, or are zero; n_bad those of which neither is true.
 */
void disk_scan(Disk *disk, DiskReport *report);
