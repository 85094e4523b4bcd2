/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/dm.h"

#include "common/file.h"
#include "lunwatch/act/multipathd-ask.h"
#include "lunwatch/path/attr.h"

#include <fcntl.h>
#include <libdevmapper.h>
#include <string.h>

typedef char FileName[160];

/* "mpath-WWID"; with partitions: "part1-mpath-WWID" as well. */
static bool is_multipath(const char *uuid, bool with_partitions) {
        if (with_partitions && strncmp(uuid, "part", 4) == 0)
                uuid += 4 + strspn(uuid + 4, "0123456789") + 1;

        return strncmp(uuid, "mpath-", 6) == 0;
}

static int read_dm(int root_fd, const char *device, const char *attribute, char *ret, size_t size) {
        FileName file;
        ssize_t n;

        (void) snprintf(file, sizeof file, "sys/class/block/%.31s/dm/%s", device, attribute);
        n = attr_read(root_fd, file, ret, size);
        return n < 0 ? (int) n : 0;
}

static bool is_map(int root_fd, const char *device, const char *name) {
        char uuid[160], found[160];

        return read_dm(root_fd, device, "uuid", uuid, sizeof uuid) >= 0 &&
               is_multipath(uuid, false) &&
               read_dm(root_fd, device, "name", found, sizeof found) >= 0 &&
               strcmp(found, name) == 0;
}

static int open_list(int root_fd, const char *device, const char *list, DIR **ret) {
        FileName file;

        (void) snprintf(file, sizeof file, "sys/class/block/%.31s/%s", device, list);
        return dir_list(root_fd, file, ret);
}

int dm_find_map(int root_fd, const char *disk, const char *name, char *ret, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = open_list(root_fd, disk, "holders", &dir);
        if (r < 0)
                return r;
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.' && is_map(root_fd, entry->d_name, name)) {
                        (void) snprintf(ret, size, "%s", entry->d_name);
                        return 0;
                }

        return -ENOENT;
}

static bool has_disk(const ScsiDisk *disks, size_t n_disks, const char *name) {
        for (size_t i = 0; i < n_disks; i++)
                if (strcmp(disks[i].block, name) == 0)
                        return true;

        return false;
}

bool dm_is_made_of(int root_fd, const char *map, const ScsiDisk *disks, size_t n_disks) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;

        if (open_list(root_fd, map, "slaves", &dir) < 0)
                return false;
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.' && !has_disk(disks, n_disks, entry->d_name))
                        return false;

        return true;
}

static int remove_device(const char *name) {
        struct dm_task *task;
        int r;

        task = dm_task_create(DM_DEVICE_REMOVE);
        if (!task)
                return -ENOMEM;
        errno = 0;
        r = dm_task_set_name(task, name) && dm_task_run(task) ? 0 : -(errno > 0 ? errno : EIO);
        dm_task_destroy(task);
        return r;
}

static int remove_partitions(int root_fd, const char *map) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = open_list(root_fd, map, "holders", &dir);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        while (r >= 0 && (entry = readdir(dir))) {
                char uuid[160], name[160];

                if (entry->d_name[0] != '.' &&
                    read_dm(root_fd, entry->d_name, "uuid", uuid, sizeof uuid) >= 0 &&
                    is_multipath(uuid, true) &&
                    read_dm(root_fd, entry->d_name, "name", name, sizeof name) >= 0)
                        r = remove_device(name);
        }

        return r < 0 ? r : 0;
}

/* What libdevmapper has to say is in errno; it shall not write to the socket or the journal. */
static void ignore_log(int level, const char *file, int line, int error, const char *format, ...)
        __attribute__((format(printf, 5, 6)));
static void ignore_log(int level, const char *file, int line, int error, const char *format, ...) {
}

int dm_remove_map(int root_fd, const char *map, const char *name) {
        char command[200];
        int r;

        (void) snprintf(command, sizeof command, "del map %s", name);
        r = multipathd_ask(command);
        if (r >= 0 && !is_map(root_fd, map, name))
                return 0;
        if (r >= 0 || r == -EBUSY)
                return -EBUSY;
        if (r != -ECONNREFUSED && r != -ENOENT)
                return r;

        dm_log_with_errno_init(ignore_log);
        r = remove_partitions(root_fd, map);
        if (r >= 0)
                r = remove_device(name);

        return r == -ENXIO || (r >= 0 && !is_map(root_fd, map, name)) ? 0 : r < 0 ? r : -EBUSY;
}
