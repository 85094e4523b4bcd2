/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/holders.h"
#include "common/signature.h"
#include "mirrord/storage/device-mark.h"
#include "mirrord/storage/found.h"
#include "mirrord/storage/reply.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int refuse_holder(const StorageRequest *request, const char *words) {
        return reply_error("in-use", "%s is in use: %s. Overwrite does not change that.",
                           request->path, words);
}

/* "../../devices/…/block/sda/sda1": the kernel's name is the last part. */
static int kernel_name(dev_t device, char *ret, size_t size) {
        char link[64], target[512];
        const char *name;
        ssize_t n;

        (void) snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device), minor(device));
        n = readlink(link, target, sizeof target - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';
        name = strrchr(target, '/');
        if (!name || strlen(name + 1) >= size)
                return -EINVAL;

        (void) strcpy(ret, name + 1);
        return 0;
}

static int check_holders(const StorageRequest *request, dev_t device) {
        _cleanup_(holders_done) Holders holders = { 0 };
        HolderDisk disk = { .generic = 0 };
        int r;

        r = kernel_name(device, disk.block, sizeof disk.block);
        if (r >= 0)
                r = holders_find(&disk, 1, &holders);
        if (r < 0)
                return reply_error("failed", "Cannot look who uses %s: %s.", request->path,
                                   strerror(-r));

        return holders.n > 0 ? refuse_holder(request, holders.items[0].words) : 0;
}

/* What the kernel holds without a word has it exclusively. */
static int check_exclusive(const StorageRequest *request) {
        _cleanup_close_ int fd = -EBADF;

        fd = open(request->path, O_RDONLY | O_EXCL | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0)
                return 0;
        if (errno == EBUSY)
                return refuse_holder(request, "the kernel has it for something else");

        return reply_error("failed", "Cannot open %s: %s.", request->path, strerror(errno));
}

static int check_signature(const StorageRequest *request) {
        char type[SIGNATURE_MAX], label[SIGNATURE_MAX];
        int r;

        r = signature_read(request->path, type, label);
        if (r == -ENODATA || request->may_overwrite)
                return 0;
        if (r == -ENOTUNIQ)
                (void) strcpy(type, "several things at once");
        else if (r < 0)
                return reply_error("failed", "%s cannot be read: %s.", request->path, strerror(-r));

        return reply_error("refused",
                           "%s begins like %s: take another device, “wipefs” it, or say Overwrite.",
                           request->path, type);
}

static int check_size(const StorageRequest *request, int fd) {
        uint64_t size = 0;
        int is_read_only = 0;

        if (ioctl(fd, BLKGETSIZE64, &size) < 0 || ioctl(fd, BLKROGET, &is_read_only) < 0)
                return reply_error("failed", "%s does not say how large it is: %s.", request->path,
                                   strerror(errno));
        if (is_read_only)
                return reply_error("refused", "%s can only be read.", request->path);
        if (size != request->size_bytes)
                return reply_error("refused",
                                   "%s has %" PRIu64 " bytes and the disk has %" PRIu64
                                   ": they must be the same.",
                                   request->path, size, request->size_bytes);

        return 0;
}

static int refuse_other(const StorageRequest *request) {
        if (!device_mark_is_of_boot(request->identity))
                return reply_other(request->path);

        return reply_error("refused",
                           "%s may be another disk than was prepared: it has no name of its own by "
                           "which it is known after a boot. Abort the target and prepare it again.",
                           request->path);
}

int device_check(const StorageRequest *request) {
        _cleanup_close_ int fd = -EBADF;
        StorageMark identity;
        struct stat is;
        int r;

        if (request->format != STORAGE_RAW)
                return reply_error("refused", "%s is a block device: its format is raw.",
                                   request->path);
        fd = open(request->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &is) < 0)
                return reply_error("refused", "Cannot open %s: %s.", request->path,
                                   strerror(errno));
        if (!S_ISBLK(is.st_mode))
                return reply_error("refused", "%s is no block device: files are not made in /dev.",
                                   request->path);
        r = device_mark("/sys", is.st_rdev, identity);
        if (r < 0)
                return reply_error("failed", "Cannot look by what %s would be known again: %s.",
                                   request->path, strerror(-r));
        if (*request->identity && strcmp(request->identity, identity) != 0)
                return refuse_other(request);
        r = check_size(request, fd);
        closep(&fd);
        fd = -EBADF;
        if (r >= 0)
                r = check_holders(request, is.st_rdev);
        if (r >= 0)
                r = check_exclusive(request);
        if (r >= 0)
                r = check_signature(request);

        return r < 0 ? r : reply_done("device\t1\t-\t-\t0\t%s", identity);
}
