/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/attr.h"

#include "common/file.h"

#include <fcntl.h>
#include <string.h>

bool attr_is_gone(int r) {
        return r == -ENOENT || r == -ENODEV || r == -ENXIO || r == -ENOTDIR;
}

int attr_read_wwn(int dir_fd, const char *name, Wwn *ret) {
        char value[ATTR_MAX];
        ssize_t n;

        n = attr_read(dir_fd, name, value, sizeof value);
        if (n < 0)
                return (int) n;

        return wwn_parse(value, ret) < 0 ? -ENXIO : 0;
}

int attr_read_number(int dir_fd, const char *name, uint64_t *ret) {
        char value[ATTR_MAX], *end;
        ssize_t n;

        n = attr_read(dir_fd, name, value, sizeof value);
        if (n < 0)
                return (int) n;

        errno = 0;
        *ret = strtoull(value, &end, 10);
        return errno != 0 || *end || value[0] < '0' || value[0] > '9' ? -EINVAL : 0;
}

int attr_first_entry(int dir_fd, const char *name, char *ret, size_t size) {
        char buf[512] __attribute__((aligned(__alignof__(struct dirent64))));
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        while ((n = getdents64(fd, buf, sizeof buf)) > 0)
                for (char *p = buf; p < buf + n; p += ((struct dirent64 *) p)->d_reclen) {
                        const struct dirent64 *entry = (const struct dirent64 *) p;

                        if (entry->d_name[0] == '.')
                                continue;
                        if (strlen(entry->d_name) >= size)
                                return -ENAMETOOLONG;
                        (void) strcpy(ret, entry->d_name);
                        return 0;
                }

        return n < 0 ? -errno : -ENOENT;
}
