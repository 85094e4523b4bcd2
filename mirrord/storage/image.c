/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/image.h"

#include "mirrord/storage/found.h"
#include "mirrord/storage/place.h"
#include "mirrord/storage/reply.h"
#include "mirrord/storage/write.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static int tell_space(const StorageRequest *request, const Place *place) {
        struct statvfs space;
        struct stat is;

        if (fstatvfs(place->dir_fd, &space) < 0 || fstat(place->dir_fd, &is) < 0)
                return reply_error("failed", "Cannot ask how much space is left for %s: %s.",
                                   request->path, strerror(errno));

        return reply_done("file\t0\t%s\t%jx\t%" PRIu64, place->mark, (uintmax_t) is.st_dev,
                          (uint64_t) space.f_bavail * space.f_frsize);
}

static int check_owner(const StorageRequest *request) {
        if (*request->owner && !getpwnam(request->owner))
                return reply_error("refused", "There is no user “%s” to own %s.", request->owner,
                                   request->path);

        return 0;
}

static int check_in(const StorageRequest *request, const Place *place) {
        struct stat is;

        if (fstatat(place->dir_fd, place->name, &is, AT_SYMLINK_NOFOLLOW) >= 0)
                return found_check(request, place->dir_fd, place->name, place->mark);
        if (errno != ENOENT)
                return reply_error("failed", "Cannot look at %s: %s.", request->path,
                                   strerror(errno));

        return check_owner(request) < 0 ? -ECANCELED : tell_space(request, place);
}

int image_check(const StorageRequest *request) {
        _cleanup_(place_done) Place place = { .dir_fd = -EBADF };
        int r;

        r = place_open(request, &place);
        return r < 0 ? place_refuse(request, r) : check_in(request, &place);
}

/*
 * What an earlier try has left. Whoever may still be at work on it has it locked, and ends as soon
 * as he sees that nobody waits for him; who asked has given this one its time.
 */
static int remove_temporary(const Place *place) {
        _cleanup_close_ int fd = -EBADF;

        /* For writing, or NFS would not lock it. */
        fd = openat(place->dir_fd, place->temporary, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (flock(fd, LOCK_EX) < 0)
                return -errno;
        if (unlinkat(place->dir_fd, place->temporary, 0) < 0 && errno != ENOENT)
                return -errno;

        return 1;
}

static int give_to_owner(const StorageRequest *request, int fd) {
        const struct passwd *user;

        if (!*request->owner)
                return 0;
        user = getpwnam(request->owner);
        if (!user)
                return -EINVAL;

        return fchown(fd, user->pw_uid, user->pw_gid) < 0 ? -errno : 0;
}

static int fill(const StorageRequest *request, const Place *place, int fd, StorageMark identity) {
        int r;

        r = request->format == STORAGE_QCOW2 ? write_qcow2(request, fd) : write_raw(request, fd);
        if (r >= 0)
                r = give_to_owner(request, fd);
        if (r >= 0 && (fsync(fd) < 0 || fsync(place->dir_fd) < 0))
                r = -errno;

        return r < 0 ? r : mark_of(fd, identity);
}

/* The next who was asked for it may have another one under the name by now. */
static void take_back(const Place *place, int fd) {
        StorageMark ours, there;

        if (mark_of(fd, ours) >= 0 && mark_at(place->dir_fd, place->temporary, there) >= 0 &&
            strcmp(ours, there) == 0)
                (void) unlinkat(place->dir_fd, place->temporary, 0);
}

static int make_temporary(const Place *place, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = openat(place->dir_fd, place->temporary,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                /* Who has it removes it, and would not be there if this were waited for. */
                if (errno == EWOULDBLOCK)
                        return -ECANCELED;
                r = -errno;
                take_back(place, fd);
                return r;
        }

        *ret = TAKE_FD(fd);
        return 0;
}

/*
 * Requests may overtake each other. A removal that comes after whoever asked for this has gone
 * either finds the file, or has been there before the file was, and then it is seen here that he
 * has gone.
 */
static int create_in(const StorageRequest *request, const Place *place) {
        _cleanup_close_ int fd = -EBADF;
        StorageMark identity;
        int r;

        if (reply_is_unwanted())
                return -ECANCELED;
        r = remove_temporary(place);
        if (r >= 0)
                r = make_temporary(place, &fd);
        if (r >= 0) {
                r = reply_is_unwanted() ? -ECANCELED : fill(request, place, fd, identity);
                if (r < 0)
                        take_back(place, fd);
        }
        if (r < 0)
                return r == -ECANCELED ? r : write_refuse(request, r);

        return reply_done("%s", identity);
}

int image_create(const StorageRequest *request) {
        _cleanup_(place_done) Place place = { .dir_fd = -EBADF };
        int r;

        r = place_open(request, &place);
        return r < 0 ? place_refuse(request, r) : create_in(request, &place);
}

static bool is_that(const Place *place, const char *name, const StorageRequest *request) {
        StorageMark mark;

        return *request->identity && mark_at(place->dir_fd, name, mark) >= 0 &&
               strcmp(mark, request->identity) == 0;
}

/* Not every file system can rename without replacing. */
static int give_name(const Place *place) {
        if (renameat2(place->dir_fd, place->temporary, place->dir_fd, place->name,
                      RENAME_NOREPLACE) >= 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -errno;
        if (linkat(place->dir_fd, place->temporary, place->dir_fd, place->name, 0) < 0)
                return -errno;

        return unlinkat(place->dir_fd, place->temporary, 0) < 0 ? -errno : 0;
}

static int place_in(const StorageRequest *request, const Place *place) {
        int r = 0;

        if (is_that(place, place->name, request))
                /* One who was killed has given it its name, maybe as a second one. */
                (void) unlinkat(place->dir_fd, place->temporary, 0);
        else if (is_that(place, place->temporary, request))
                r = give_name(place);
        else if (faccessat(place->dir_fd, place->name, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return reply_other(request->path);
        else
                return reply_error("refused",
                                   "What was made for %s has gone: somebody removed it. "
                                   "Abort the target and prepare it again.",
                                   request->path);
        if (r == -EEXIST)
                return reply_error("refused",
                                   "%s came into being meanwhile, and not by us: remove it or take "
                                   "another path.",
                                   request->path);
        if (r < 0 || fsync(place->dir_fd) < 0)
                return reply_error("failed", "Cannot give %s its name: %s.", request->path,
                                   strerror(r < 0 ? -r : errno));

        return reply_done("%s", "");
}

int image_place(const StorageRequest *request) {
        _cleanup_(place_done) Place place = { .dir_fd = -EBADF };
        int r;

        r = place_open(request, &place);
        return r < 0 ? place_refuse(request, r) : place_in(request, &place);
}

static int remove_in(const StorageRequest *request, const Place *place) {
        const char *what = "gone";
        int r;

        r = remove_temporary(place);
        if (r > 0)
                what = "removed";
        if (r >= 0 && is_that(place, place->name, request)) {
                what = "removed";
                r = unlinkat(place->dir_fd, place->name, 0) < 0 ? -errno : 0;
        } else if (r == 0 && *request->identity &&
                   faccessat(place->dir_fd, place->name, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                what = "other";
        if (r >= 0 && fsync(place->dir_fd) < 0)
                r = -errno;
        if (r < 0)
                return reply_error("failed", "Cannot remove %s: %s.", request->path, strerror(-r));

        return reply_done("%s", what);
}

/* A directory that has gone has taken its files with it, unless it was another one's mount point.
 */
int image_remove(const StorageRequest *request) {
        _cleanup_(place_done) Place place = { .dir_fd = -EBADF };
        int r;

        r = place_open(request, &place);
        /* Nothing can have been made where the directory was not even seen. */
        if (r < 0 && !*request->place)
                return reply_done("gone");
        if (r == -ENOENT)
                r = -ESTALE;

        return r < 0 ? place_refuse(request, r) : remove_in(request, &place);
}
