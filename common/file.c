/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"

#include "common/cleanup.h"
#include "common/escape.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* Begins with a dot so that nobody takes a temporary file for the real one. */
#define TEMPORARY_PREFIX ".#npivot-"

typedef char TemporaryName[sizeof TEMPORARY_PREFIX + FILE_NAME_MAX + 1 + 16];

static bool name_is_plain(const char *name) {
        size_t length = strlen(name);

        return length > 0 && length <= FILE_NAME_MAX && strchr(name, '/') == NULL &&
               strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* The caller's descriptor may be O_PATH, which cannot be synced. */
static int directory_reopen(int dir_fd) {
        int fd;

        fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const void *data, size_t size) {
        const char *p = data;

        while (size > 0) {
                ssize_t n;

                n = write(fd, p, size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EIO;
                p += n;
                size -= (size_t) n;
        }

        return 0;
}

/* Up to size bytes or to the end of the file. */
static ssize_t read_all(int fd, char *buf, size_t size) {
        size_t length = 0;

        while (length < size) {
                ssize_t n;

                n = read(fd, buf + length, size - length);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                length += (size_t) n;
        }

        return (ssize_t) length;
}

static int sync_retrying(int fd) {
        int r;

        do
                r = fsync(fd);
        while (r < 0 && errno == EINTR);

        return r < 0 ? -errno : 0;
}

/* The file under its temporary name, complete and on the disk. */
static int write_temporary(int dir_fd, const char *temporary, const void *data, size_t size,
                           mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = write_all(fd, data, size);
        if (r < 0)
                return r;

        /* Exactly this mode, whatever the umask. */
        if (fchmod(fd, mode) < 0)
                return -errno;

        return sync_retrying(fd);
}

int file_write_atomic(int dir_fd, const char *name, const void *data, size_t size, mode_t mode) {
        _cleanup_close_ int sync_fd = -EBADF;
        TemporaryName temporary;
        uint64_t random;
        int r;

        if (!name_is_plain(name))
                return -EINVAL;

        /* Before anything changes, since opening may fail. */
        sync_fd = directory_reopen(dir_fd);
        if (sync_fd < 0)
                return sync_fd;

        if (getrandom(&random, sizeof random, 0) != sizeof random)
                return -EIO;
        (void) snprintf(temporary, sizeof temporary, TEMPORARY_PREFIX "%s.%016" PRIx64, name,
                        random);

        r = write_temporary(dir_fd, temporary, data, size, mode);
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                if (r != -EEXIST)
                        (void) unlinkat(dir_fd, temporary, 0);
                return r;
        }

        return sync_retrying(sync_fd) < 0 ? -EINPROGRESS : 0;
}

int file_unlink_durable(int dir_fd, const char *name) {
        _cleanup_close_ int sync_fd = -EBADF;

        if (!name_is_plain(name))
                return -EINVAL;

        sync_fd = directory_reopen(dir_fd);
        if (sync_fd < 0)
                return sync_fd;

        if (unlinkat(dir_fd, name, 0) < 0)
                return -errno;

        return sync_retrying(sync_fd) < 0 ? -EINPROGRESS : 0;
}

int file_remove_leftovers(int dir_fd) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r, n = 0;

        r = dir_list(dir_fd, ".", &dir);
        if (r < 0)
                return r;

        while ((entry = readdir(dir))) {
                if (strncmp(entry->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) != 0)
                        continue;
                if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
                        return -errno;
                n++;
        }

        return n;
}

/* Whoever may write the file gives orders to root. */
static int check_trusted(const struct stat *st) {
        if (st->st_uid != 0 && !(secure_getenv("NPIVOT_CONFDIR") && st->st_uid == geteuid()))
                return -EPERM;
        if (st->st_mode & (S_IWGRP | S_IWOTH))
                return -EACCES;

        return 0;
}

static int read_regular(int dir_fd, const char *name, size_t max, bool trusted, char **ret,
                        size_t *ret_size) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        ssize_t n;
        int r;

        /* O_NONBLOCK: a FIFO must not hold us up. */
        fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        r = trusted ? check_trusted(&st) : 0;
        if (r < 0)
                return r;
        if (st.st_size > 0 && (uintmax_t) st.st_size > max)
                return -EFBIG;

        /* One byte more than allowed tells whether it has grown meanwhile; one for the NUL. */
        text = malloc(max + 2);
        if (!text)
                return -ENOMEM;
        n = read_all(fd, text, max + 1);
        if (n < 0)
                return (int) n;
        if ((size_t) n > max)
                return -EFBIG;

        text[n] = '\0';
        *ret = TAKE_PTR(text);
        if (ret_size)
                *ret_size = (size_t) n;
        return 0;
}

int file_read(int dir_fd, const char *name, size_t max, char **ret, size_t *ret_size) {
        return read_regular(dir_fd, name, max, false, ret, ret_size);
}

int file_read_trusted(int dir_fd, const char *name, size_t max, char **ret, size_t *ret_size) {
        return read_regular(dir_fd, name, max, true, ret, ret_size);
}

ssize_t attr_clean(char *buf, size_t length) {
        while (length > 0 && strchr(" \t\n", buf[length - 1]) && buf[length - 1] != '\0')
                length--;
        buf[length] = '\0';

        for (size_t i = 0; i < length; i++)
                if (buf[i] == '\0')
                        buf[i] = '?';
        (void) escape_in_place(buf);

        return (ssize_t) length;
}

ssize_t attr_read(int dir_fd, const char *name, char *buf, size_t size) {
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        if (size == 0)
                return -EINVAL;

        fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        n = read_all(fd, buf, size - 1);
        if (n < 0)
                return n;

        return attr_clean(buf, (size_t) n);
}

int attr_write(int dir_fd, const char *name, const char *value) {
        _cleanup_close_ int fd = -EBADF;
        size_t length = strlen(value);
        ssize_t n;

        fd = openat(dir_fd, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        /* Never again after EINTR: the kernel may have acted on the first. */
        n = write(fd, value, length);
        if (n < 0)
                return -errno;

        return (size_t) n == length ? 0 : -EIO;
}

/* The new entry must survive a power cut, like the files that will be in it. */
static int sync_parent(int dir_fd) {
        _cleanup_close_ int fd = -EBADF;

        fd = openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        return sync_retrying(fd);
}

int dir_open(const char *path, bool create, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        bool created = false;
        int r;

        if (create) {
                created = mkdir(path, mode) >= 0;
                if (!created && errno != EEXIST)
                        return -errno;
        }

        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        if (created) {
                if (fchmod(fd, mode) < 0)
                        return -errno;
                r = sync_parent(fd);
                if (r < 0)
                        return r;
        }

        return TAKE_FD(fd);
}

int dir_list(int dir_fd, const char *name, DIR **ret) {
        _cleanup_close_ int fd = -EBADF;
        DIR *dir;

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;

        (void) TAKE_FD(fd);
        *ret = dir;
        return 0;
}
