/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/place.h"

#include "mirrord/storage/reply.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static int mark(int fd, const char *name, int flags, StorageMark ret) {
        struct statx is;

        if (statx(fd, name, flags | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &is) < 0)
                return -errno;
        if (is.stx_mask & STATX_BTIME)
                (void) snprintf(ret, sizeof(StorageMark), "%" PRIx64 ".%" PRIx64 ".%" PRIx32,
                                (uint64_t) is.stx_ino, (uint64_t) is.stx_btime.tv_sec,
                                (uint32_t) is.stx_btime.tv_nsec);
        /* NFS has none, and another device number after each mount, of those without a major one.
         */
        else
                (void) snprintf(ret, sizeof(StorageMark), "%" PRIx64 ".%" PRIx32 "-%" PRIx32,
                                (uint64_t) is.stx_ino, is.stx_dev_major,
                                is.stx_dev_major != 0 ? is.stx_dev_minor : 0);

        return 0;
}

int mark_of(int fd, StorageMark ret) {
        return mark(fd, "", AT_EMPTY_PATH, ret);
}

int mark_at(int dir_fd, const char *name, StorageMark ret) {
        return mark(dir_fd, name, 0, ret);
}

/* A symbolic link is no directory, and should be told apart from a file. */
static int refine(int fd, const char *part, int error) {
        struct stat is;

        if (error == -ENOTDIR && fstatat(fd, part, &is, AT_SYMLINK_NOFOLLOW) >= 0 &&
            S_ISLNK(is.st_mode))
                return -ELOOP;

        return error;
}

/* Part by part: not every kernel has openat2(). */
static int open_parent(const char *path, size_t length) {
        char parent[STORAGE_PATH_MAX + 1], *rest = parent;
        _cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *part;

        if (fd < 0)
                return -errno;
        memcpy(parent, path, length);
        parent[length] = '\0';
        while ((part = strsep(&rest, "/"))) {
                int next;

                if (!*part)
                        continue;
                next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (next < 0)
                        return refine(fd, part, -errno);
                (void) close(fd);
                fd = next;
        }

        return TAKE_FD(fd);
}

void place_done(Place *place) {
        closep(&place->dir_fd);
        place->dir_fd = -EBADF;
}

int place_open(const StorageRequest *request, Place *ret) {
        const char *name = strrchr(request->path, '/') + 1;
        Place place = { .dir_fd = open_parent(request->path, (size_t) (name - 1 - request->path)) };
        _cleanup_close_ int fd = place.dir_fd;
        struct stat is;
        int r;

        if (fd < 0)
                return fd;
        if (fstat(fd, &is) < 0)
                return -errno;
        if (is.st_mode & S_IWOTH && !(is.st_mode & S_ISVTX))
                return -EXDEV;
        r = mark_of(fd, place.mark);
        if (r < 0)
                return r;
        if (*request->place && strcmp(request->place, place.mark) != 0)
                return -ESTALE;

        (void) snprintf(place.name, sizeof place.name, "%s", name);
        (void) snprintf(place.temporary, sizeof place.temporary, ".npivot-%s", request->token);
        *ret = place;
        ret->dir_fd = TAKE_FD(fd);
        return 0;
}

int place_refuse(const StorageRequest *request, int error) {
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
                return reply_error("refused", "There is no directory for %s: make it first.",
                                   request->path);
        case -ELOOP:
                return reply_error(
                        "refused",
                        "%s leads through a symbolic link: name the path that it leads to.",
                        request->path);
        case -EXDEV:
                return reply_error(
                        "refused",
                        "Everybody may remove files from the directory of %s: take another, or "
                        "“chmod +t” it.",
                        request->path);
        case -ESTALE:
                return reply_error(
                        "refused",
                        "The directory of %s is not the one that it was made in: is its file "
                        "system mounted?",
                        request->path);
        default:
                return reply_error("failed", "Cannot open the directory of %s: %s.", request->path,
                                   strerror(-error));
        }
}
