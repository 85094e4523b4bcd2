/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/hold.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

void hold_done(Hold *hold) {
        while (hold->n > 0)
                (void) close(hold->fds[--hold->n]);
}

static int open_disk(const char *block, int flags) {
        char node[64];
        int fd;

        (void) snprintf(node, sizeof node, "/dev/%.31s", block);
        fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
        return fd < 0 ? -errno : fd;
}

int hold_take(Hold *hold, const char *block) {
        int fd;

        if (hold->n == REQUEST_DEVICES_MAX)
                return -E2BIG;
        fd = open_disk(block, O_EXCL);
        /* Gone, or without its medium: nobody else can take it either. */
        if (fd == -ENXIO || fd == -ENOENT || fd == -ENODEV || fd == -ENOMEDIUM)
                return 0;
        if (fd < 0)
                return fd;

        hold->fds[hold->n++] = fd;
        return 0;
}

int hold_try(const char *block) {
        _cleanup_(hold_done) Hold hold = { 0 };

        return hold_take(&hold, block);
}

int hold_flush(const char *block) {
        _cleanup_close_ int fd = -EBADF;

        fd = open_disk(block, 0);
        if (fd < 0)
                return fd;
        if (fsync(fd) < 0)
                return -errno;
        if (ioctl(fd, BLKFLSBUF, 0) < 0)
                return -errno;

        return 0;
}
