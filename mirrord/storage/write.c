/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/write.h"

#include "mirrord/storage/command.h"
#include "mirrord/storage/reply.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define PIECE_SIZE (1024 * 1024)

int write_refuse(const StorageRequest *request, int error) {
        if (error == -ENOSPC || error == -EDQUOT)
                return reply_error("no-space",
                                   "There is not enough space for %s, which takes %" PRIu64
                                   " bytes: free some, or take another place.",
                                   request->path, request->size_bytes);
        if (error == -EOPNOTSUPP)
                return reply_error("refused",
                                   "The file system of %s cannot reserve space: take Preallocation "
                                   "full or off.",
                                   request->path);
        if (error == -EFBIG)
                return reply_error("refused",
                                   "The file system of %s has no files of %" PRIu64 " bytes.",
                                   request->path, request->size_bytes);

        return reply_error("failed", "Cannot make %s: %s.", request->path, strerror(-error));
}

static int write_zeroes(int fd, uint64_t size) {
        _cleanup_free_ char *zeroes = calloc(1, PIECE_SIZE);
        uint64_t done = 0;

        if (!zeroes)
                return -ENOMEM;
        while (done < size) {
                ssize_t n;

                if (reply_is_unwanted())
                        return -ECANCELED;
                n = pwrite(fd, zeroes, size - done < PIECE_SIZE ? size - done : PIECE_SIZE,
                           (off_t) done);
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                done += (uint64_t) n;
        }

        return 0;
}

int write_raw(const StorageRequest *request, int fd) {
        off_t size = (off_t) request->size_bytes;

        if (ftruncate(fd, size) < 0)
                return -errno;
        if (request->allocation == STORAGE_OFF)
                return 0;
        /* What does not fit is seen before hours of writing, where the file system can say so. */
        if (fallocate(fd, 0, 0, size) < 0 &&
            (request->allocation == STORAGE_FALLOC || errno != EOPNOTSUPP))
                return -errno;

        return request->allocation == STORAGE_FULL ? write_zeroes(fd, request->size_bytes) : 0;
}

/* By the file that is open: nobody can put another one under the name. */
int write_qcow2(const StorageRequest *request, int fd) {
        char path[32], size[24], options[64];
        const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "qcow2",
                                          "-o",       options,  path, size, NULL };
        CommandOutput output;
        int r;

        (void) snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        (void) snprintf(size, sizeof size, "%" PRIu64, request->size_bytes);
        (void) snprintf(options, sizeof options, "compat=1.1,lazy_refcounts=off,preallocation=%s",
                        storage_allocation_text(request->allocation));
        r = command_run(arguments, fd, &output);
        if (r == -ENOENT)
                return reply_error("refused",
                                   "qemu-img is not installed, which makes qcow2 images: install "
                                   "qemu-utils, or take raw for %s.",
                                   request->path);
        if (r <= 0)
                return r;
        if (strstr(output.err, strerror(ENOSPC)))
                return -ENOSPC;

        output.err[strcspn(output.err, "\n")] = '\0';
        return reply_error("failed", "Cannot make %s: %s.", request->path, output.err);
}
