/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The writing half of the store (store.h): one file, a pair of files, and what a writer that died
 * has left.
 */

#include "common/cleanup.h"
#include "common/file.h"
#include "vhbad/store-name.h"
#include "vhbad/store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define DEFINITION_MODE 0644
#define DIRECTORY_MODE 0755
/* Not the directory itself: anybody may lock what he can open, and so hold us up for ever. */
#define LOCK_NAME ".lock"

static int open_folder(int dir_fd, const char *name) {
        int fd;

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int sync_fd(int fd) {
        return fsync(fd) < 0 ? -errno : 0;
}

static int create_directory(Store *store) {
        _cleanup_close_ int parent_fd = -EBADF;
        _cleanup_free_ char *parent = NULL;
        int fd;

        parent = strdup(store->path);
        if (!parent)
                return -ENOMEM;
        *strrchr(parent, '/') = '\0';

        parent_fd = dir_open(parent, true, DIRECTORY_MODE);
        if (parent_fd < 0)
                return parent_fd;
        fd = dir_open(store->path, true, DIRECTORY_MODE);
        if (fd < 0)
                return fd;

        store->fd = fd;
        return 0;
}

/* Held until the descriptor is closed; writers are short, so this waits for the other one. */
static int lock(int dir_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = openat(dir_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        do
                r = flock(fd, LOCK_EX);
        while (r < 0 && errno == EINTR);
        if (r < 0)
                return -errno;

        return TAKE_FD(fd);
}

/* Calls for every name in the folder but "." and "..", and stops at the first error. */
static int for_each_name(int folder_fd, int (*call)(int folder_fd, const char *name, int dir_fd),
                         int dir_fd) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(folder_fd, ".", &dir);
        if (r < 0)
                return r;

        while ((entry = readdir(dir))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                r = call(folder_fd, entry->d_name, dir_fd);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int remove_one(int folder_fd, const char *name, _unused_ int dir_fd) {
        return unlinkat(folder_fd, name, 0) < 0 ? -errno : 0;
}

/* A definition goes to its place; nothing else belongs into a pair. */
static int move_one(int folder_fd, const char *name, int dir_fd) {
        if (!store_is_file_name(name))
                return remove_one(folder_fd, name, dir_fd);

        return renameat(folder_fd, name, dir_fd, name) < 0 ? -errno : 0;
}

/* The draft of a pair that never became one. */
static int drop_draft(int dir_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open_folder(dir_fd, STORE_PAIR_DRAFT);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        r = for_each_name(fd, remove_one, dir_fd);
        if (r < 0)
                return r;

        return unlinkat(dir_fd, STORE_PAIR_DRAFT, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* The second half of a pair's writing: from .pair/ into place. > 0 when there was one. */
static int finish_pair(int dir_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open_folder(dir_fd, STORE_PAIR);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        r = for_each_name(fd, move_one, dir_fd);
        if (r < 0)
                return r;
        /* On disk in their place before the folder can be gone from the disk. */
        r = sync_fd(dir_fd);
        if (r < 0)
                return r;
        if (unlinkat(dir_fd, STORE_PAIR, AT_REMOVEDIR) < 0)
                return -errno;
        r = sync_fd(dir_fd);

        return r < 0 ? r : 1;
}

static int mend_locked(int dir_fd) {
        int r;

        r = drop_draft(dir_fd);
        if (r < 0)
                return r;
        r = file_remove_leftovers(dir_fd);
        if (r < 0)
                return r;

        return finish_pair(dir_fd);
}

int store_mend(Store *store) {
        _cleanup_close_ int lock_fd = -EBADF;

        if (store->fd < 0)
                return 0;
        lock_fd = lock(store->fd);
        if (lock_fd < 0)
                return lock_fd;

        return mend_locked(store->fd);
}

/* What every writer does first. Returns the lock. */
static int begin(Store *store) {
        _cleanup_close_ int lock_fd = -EBADF;
        int r;

        if (store->fd < 0) {
                r = create_directory(store);
                if (r < 0)
                        return r;
        }
        lock_fd = lock(store->fd);
        if (lock_fd < 0)
                return lock_fd;
        r = mend_locked(store->fd);
        if (r < 0)
                return r;

        return TAKE_FD(lock_fd);
}

/* So that comments by hand survive a definition that changes nothing. */
static bool is_stored(const Store *store, const Definition *definition) {
        _cleanup_(definition_donep) Definition stored = { 0 };
        ConfError error;

        return store_load(store, definition->wwpn, &stored, NULL, &error) >= 0 &&
               definition_equal(&stored, definition);
}

static int write_definition(int dir_fd, const Definition *definition) {
        _cleanup_free_ char *text = NULL;
        StoreFileName name;
        int r;

        r = definition_format(definition, &text);
        if (r < 0)
                return r;

        return file_write_atomic(dir_fd, store_file_name(definition->wwpn, name), text,
                                 strlen(text), DEFINITION_MODE);
}

int store_put(Store *store, const Definition *definition) {
        _cleanup_close_ int lock_fd = -EBADF;
        int r;

        lock_fd = begin(store);
        if (lock_fd < 0)
                return lock_fd;
        if (is_stored(store, definition))
                return 0;

        r = write_definition(store->fd, definition);
        return r < 0 ? r : 1;
}

/* Both files and their folder on the disk, before anybody looks there. */
static int write_draft(int dir_fd, const Definition *a, const Definition *b) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (mkdirat(dir_fd, STORE_PAIR_DRAFT, 0700) < 0)
                return -errno;
        fd = open_folder(dir_fd, STORE_PAIR_DRAFT);
        if (fd < 0)
                return fd;
        if (fchmod(fd, DIRECTORY_MODE) < 0)
                return -errno;
        r = write_definition(fd, a);
        if (r < 0)
                return r;

        return write_definition(fd, b);
}

int store_put_pair(Store *store, const Definition *a, const Definition *b) {
        _cleanup_close_ int lock_fd = -EBADF;
        int r, synced;

        lock_fd = begin(store);
        if (lock_fd < 0)
                return lock_fd;
        if (is_stored(store, a) && is_stored(store, b))
                return 0;

        r = write_draft(store->fd, a, b);
        if (r >= 0 && renameat(store->fd, STORE_PAIR_DRAFT, store->fd, STORE_PAIR) < 0)
                r = -errno;
        if (r < 0) {
                (void) drop_draft(store->fd);
                /* Not in place, so nothing is unknown. */
                return r == -EINPROGRESS ? -EIO : r;
        }

        /* From here on both are new for every reader; what remains is tidying. */
        synced = sync_fd(store->fd);
        (void) finish_pair(store->fd);

        return synced < 0 ? -EINPROGRESS : 1;
}

int store_remove(Store *store, Wwn wwpn) {
        _cleanup_close_ int lock_fd = -EBADF;
        StoreFileName name;
        int r;

        if (store->fd < 0)
                return 0;
        lock_fd = begin(store);
        if (lock_fd < 0)
                return lock_fd;

        r = file_unlink_durable(store->fd, store_file_name(wwpn, name));
        if (r == -ENOENT)
                return 0;

        return r < 0 ? r : 1;
}
