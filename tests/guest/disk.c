/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/guest/disk.h"

#include "common/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* In place of a write's number: nobody knows, zeroes, and what disk_put wrote. */
#define WRITE_UNKNOWN 0U
#define WRITE_ZERO UINT32_MAX
#define WRITE_PUT (UINT32_MAX - 1)

#define BAD_TOLD_MAX 4

static int size_of(int fd, uint64_t *ret) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode))
                *ret = (uint64_t) st.st_size;
        else if (ioctl(fd, BLKGETSIZE64, ret) < 0)
                return -errno;
        return 0;
}

int disk_init(Disk *disk, const char *name, uint32_t number, int fd) {
        uint64_t size = 0;
        int r;

        *disk = (Disk){ .number = number, .fd = fd };
        (void) snprintf(disk->name, sizeof disk->name, "%s", name);
        r = size_of(fd, &size);
        if (r < 0)
                return r;
        disk->n_blocks = size / BLOCK_BYTES;
        if (disk->n_blocks <= DISK_WRITE_MAX)
                return -EINVAL;

        disk->writes = calloc(disk->n_blocks, sizeof *disk->writes);
        disk->buffer = aligned_alloc(BLOCK_BYTES, (size_t) DISK_WRITE_MAX * BLOCK_BYTES);
        return disk->writes && disk->buffer ? 0 : -ENOMEM;
}

void disk_done(Disk *disk) {
        closep(&disk->fd);
        free(disk->writes);
        free(disk->buffer);
        free(disk->put);
        *disk = (Disk){ .fd = -EBADF };
}

static void note(Disk *disk, uint64_t block, uint64_t n, uint32_t write) {
        for (uint64_t i = 0; i < n; i++)
                disk->writes[block + i] = write;
}

/* A short write is an error as well: a disk has no end within itself. */
static int write_buffer(Disk *disk, uint64_t block, uint64_t n) {
        ssize_t done;

        done = pwrite(disk->fd, disk->buffer, n * BLOCK_BYTES, (off_t) (block * BLOCK_BYTES));
        if (done < 0)
                return -errno;
        return (uint64_t) done == n * BLOCK_BYTES ? 0 : -EIO;
}

int disk_write(Disk *disk, uint64_t block, uint64_t n) {
        uint32_t write = ++disk->n_writes;
        int r;

        for (uint64_t i = 0; i < n; i++)
                block_sign(disk->buffer + i * BLOCK_BYTES,
                           &(BlockSign){ disk->number, write, block + i });
        r = write_buffer(disk, block, n);
        note(disk, block, n, r < 0 ? WRITE_UNKNOWN : write);
        return r;
}

int disk_zero(Disk *disk, uint64_t block, uint64_t n) {
        uint64_t range[] = { block * BLOCK_BYTES, n * BLOCK_BYTES };
        int r;

        disk->n_writes++;
        r = ioctl(disk->fd, BLKZEROOUT, range) < 0 ? -errno : 0;
        note(disk, block, n, r < 0 ? WRITE_UNKNOWN : WRITE_ZERO);
        return r;
}

int disk_put(Disk *disk, const uint8_t *bytes, size_t size) {
        int r;

        if (size > BLOCK_BYTES)
                return -EINVAL;
        if (!disk->put)
                disk->put = malloc(BLOCK_BYTES);
        if (!disk->put)
                return -ENOMEM;

        memset(disk->put, 0, BLOCK_BYTES);
        memcpy(disk->put, bytes, size);
        memcpy(disk->buffer, disk->put, BLOCK_BYTES);
        r = write_buffer(disk, 0, 1);
        note(disk, 0, 1, r < 0 ? WRITE_UNKNOWN : WRITE_PUT);
        return r;
}

int disk_flush(Disk *disk) {
        return fdatasync(disk->fd) < 0 ? -errno : 0;
}

int disk_fill(Disk *disk) {
        for (uint64_t block = 0; block < disk->n_blocks;) {
                uint64_t n = disk->n_blocks - block;
                int r;

                n = n < DISK_WRITE_MAX ? n : DISK_WRITE_MAX;
                r = disk_write(disk, block, n);
                if (r < 0)
                        return r;
                block += n;
        }

        return disk_flush(disk);
}

static bool is_as_written(const Disk *disk, uint64_t block, const uint8_t *bytes) {
        uint32_t write = disk->writes[block];

        if (write == WRITE_ZERO)
                return block_is_zero(bytes);
        if (write == WRITE_PUT)
                return memcmp(bytes, disk->put, BLOCK_BYTES) == 0;
        return block_is_signed(bytes, &(BlockSign){ disk->number, write, block });
}

static void tell_bad(const Disk *disk, uint64_t block, const uint8_t *bytes) {
        BlockSign sign = block_read_sign(bytes);

        printf("# %s block %" PRIu64 ": write %" PRIu32 " was acknowledged, there is disk %" PRIu32
               " write %" PRIu32 " block %" PRIu64 "\n",
               disk->name, block, disk->writes[block], sign.disk, sign.write, sign.block);
}

typedef void (*BlockFunc)(const Disk *disk, uint64_t block, bool is_read, const uint8_t *bytes,
                          DiskReport *report);

static void for_each_block(Disk *disk, BlockFunc func, DiskReport *report) {
        for (uint64_t block = 0; block < disk->n_blocks; block += DISK_WRITE_MAX) {
                uint64_t n = disk->n_blocks - block;
                ssize_t done;

                n = n < DISK_WRITE_MAX ? n : DISK_WRITE_MAX;
                done = pread(disk->fd, disk->buffer, n * BLOCK_BYTES,
                             (off_t) (block * BLOCK_BYTES));
                for (uint64_t i = 0; i < n; i++)
                        func(disk, block + i, done >= (ssize_t) ((i + 1) * BLOCK_BYTES),
                             disk->buffer + i * BLOCK_BYTES, report);
        }
}

static void check_block(const Disk *disk, uint64_t block, bool is_read, const uint8_t *bytes,
                        DiskReport *report) {
        if (disk->writes[block] == WRITE_UNKNOWN) {
                report->n_unknown++;
                return;
        }
        report->n_checked++;
        if (is_read && is_as_written(disk, block, bytes))
                return;
        if (report->n_bad++ < BAD_TOLD_MAX && is_read)
                tell_bad(disk, block, bytes);
}

void disk_check(Disk *disk, DiskReport *report) {
        for_each_block(disk, check_block, report);
}

static void scan_block(const Disk *disk, uint64_t block, bool is_read, const uint8_t *bytes,
                       DiskReport *report) {
        BlockSign sign = block_read_sign(bytes);

        if (is_read && (block_is_zero(bytes) || (sign.disk == disk->number && sign.block == block &&
                                                 sign.write > 0 && block_is_signed(bytes, &sign))))
                report->n_checked++;
        else
                report->n_bad++;
}

void disk_scan(Disk *disk, DiskReport *report) {
        for_each_block(disk, scan_block, report);
}
