/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/disk.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SECTOR_SIZE 512
#define RESOLVE_TRIES_MAX 1000

static int read_devnum(int dir_fd, Disk *disk) {
        char value[ATTR_MAX], *end;
        unsigned long major, minor;
        ssize_t n;

        n = attr_read(dir_fd, "dev", value, sizeof value);
        if (n < 0)
                return (int) n;

        major = strtoul(value, &end, 10);
        if (end == value || *end != ':')
                return -EINVAL;
        minor = strtoul(end + 1, &end, 10);
        if (*end || major > UINT32_MAX || minor > UINT32_MAX)
                return -EINVAL;

        disk->major = (uint32_t) major;
        disk->minor = (uint32_t) minor;
        return 0;
}

/* A text that is cut off loses its last links, which is better than the device. */
void disk_read_udev(int root_fd, Disk *disk) {
        char file[64];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        (void) snprintf(file, sizeof file, "run/udev/data/b%" PRIu32 ":%" PRIu32, disk->major,
                        disk->minor);
        fd = openat(root_fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return;
        n = read(fd, disk->text, sizeof disk->text - 1);
        if (n > 0)
                udev_data_parse(disk->text, (size_t) n, &disk->udev);
}

/* What drivers call disks, and what can be shown to anybody. */
static bool name_is_sane(const char *name) {
        size_t length = strlen(name);

        return length < DISK_NAME_MAX && strspn(name, "0123456789-_!"
                                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "abcdefghijklmnopqrstuvwxyz") == length;
}

/* The directory "block" has one entry: the disk. */
static int open_disk(int device_fd, Disk *disk) {
        char dir[sizeof "block/" + DISK_NAME_MAX], name[DISK_NAME_MAX];
        int fd, r;

        r = attr_first_entry(device_fd, "block", name, sizeof name);
        if (r < 0)
                return r;
        if (!name_is_sane(name))
                return -EINVAL;

        (void) snprintf(dir, sizeof dir, "block/%s", name);
        fd = openat(device_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        (void) strcpy(disk->name, name);
        return fd;
}

int disk_read(int root_fd, int device_fd, Disk *ret) {
        _cleanup_close_ int fd = -EBADF;
        uint64_t sectors = 0;
        int r;

        ret->name[0] = '\0';
        ret->size_bytes = 0;
        ret->major = ret->minor = 0;
        ret->udev = (UdevData){ 0 };

        r = fd = open_disk(device_fd, ret);
        if (r >= 0)
                r = read_devnum(fd, ret);
        if (r >= 0)
                r = attr_read_number(fd, "size", &sectors);
        if (attr_is_gone(r) || r == -EINVAL || r == -ENAMETOOLONG ||
            (r >= 0 && sectors > UINT64_MAX / SECTOR_SIZE)) {
                ret->name[0] = '\0';
                ret->major = ret->minor = 0;
                return 0;
        }
        if (r < 0)
                return r;

        ret->size_bytes = sectors * SECTOR_SIZE;
        disk_read_udev(root_fd, ret);
        return 0;
}

/*
 * openat2(2): with RESOLVE_BENEATH a ".." fails with EAGAIN when anything anywhere is renamed or
 * mounted at that moment, and is to be tried again.
 */
static int open_beneath(int dir_fd, const char *name, const struct open_how *how) {
        int fd = -1;

        for (unsigned i = 0; i < RESOLVE_TRIES_MAX && fd < 0; i++) {
                fd = (int) syscall(SYS_openat2, dir_fd, name, how, sizeof *how);
                if (fd < 0 && errno != EAGAIN)
                        break;
        }

        return fd < 0 ? -errno : fd;
}

int disk_resolve(int root_fd, const char *name, dev_t *ret) {
        struct open_how how = {
                .flags = O_PATH | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
        };
        _cleanup_close_ int dev_fd = -EBADF, fd = -EBADF;
        struct stat st;

        dev_fd = openat(root_fd, "dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dev_fd < 0)
                return -errno;
        fd = open_beneath(dev_fd, name, &how);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode))
                return -ENOTBLK;

        *ret = st.st_rdev;
        return 0;
}
