/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/reader.h"

#include "common/escape.h"
#include "common/file.h"
#include "lunwatch/path/attr.h"
#include "lunwatch/path/disk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define BLOCK_DIR "sys/block"
#define SECTOR_SIZE 512
/* As many as anybody has; the rest is not looked at. */
#define NAMES_MAX 1024

bool map_name_is_map(const char *device) {
        static const char *const prefixes[] = { "dm-", "md", "loop" };

        if (strlen(device) >= MAP_DEVICE_MAX || strchr(device, '/'))
                return false;
        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
                if (strncmp(device, prefixes[i], strlen(prefixes[i])) == 0)
                        return true;

        return false;
}

static int compare_strings(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static int add_string(char ***strings, size_t *n, const char *s) {
        char **more = reallocarray(*strings, *n + 2, sizeof *more);

        if (!more)
                return -ENOMEM;
        *strings = more;
        more[*n] = strdup(s);
        if (!more[*n])
                return -ENOMEM;

        more[++*n] = NULL;
        return 0;
}

/* The entries of a directory, sorted. A directory that is not there has none. */
static int read_names(int fd, const char *name, char ***ret) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        size_t n = 0;
        int r;

        r = dir_list(fd, name, &dir);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        while (n < NAMES_MAX && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.' || strlen(entry->d_name) >= MAP_DEVICE_MAX)
                        continue;
                r = add_string(ret, &n, escape_in_place(entry->d_name));
                if (r < 0)
                        return r;
        }

        if (n > 0)
                qsort(*ret, n, sizeof **ret, compare_strings);
        return 0;
}

static void read_text(int fd, const char *name, char *ret, size_t size) {
        if (attr_read(fd, name, ret, size) < 0)
                ret[0] = '\0';
}

/* -ENOENT when the kernel says that it is none. */
static int read_kind(int fd, Map *map) {
        char value[ATTR_MAX];

        if (strncmp(map->device, "dm-", 3) == 0) {
                read_text(fd, "dm/name", map->name, sizeof map->name);
                read_text(fd, "dm/uuid", map->uuid, sizeof map->uuid);
                read_text(fd, "dm/suspended", value, sizeof value);
                map->kind = map_kind_of_uuid(map->uuid);
                map_wwid_of_uuid(map->uuid, map->wwid);
                (void) strcpy(map->state, value[0] == '1' ? "suspended" : "active");
                return map->name[0] ? 0 : -ENOENT;
        }

        (void) snprintf(map->name, sizeof map->name, "%s", map->device);
        if (map->device[0] == 'm') {
                read_text(fd, "md/array_state", map->state, sizeof map->state);
                read_text(fd, "md/uuid", map->uuid, sizeof map->uuid);
                map->kind = "md";
                return map->state[0] && strcmp(map->state, "clear") != 0 ? 0 : -ENOENT;
        }

        map->kind = "loop";
        (void) strcpy(map->state, "active");
        return faccessat(fd, "loop/backing_file", F_OK, 0) < 0 ? -ENOENT : 0;
}

/* A loop device on a disk has no slaves/: its file says what it is on. */
static int add_backing(int fd, char ***slaves) {
        char value[ATTR_MAX];
        size_t n = 0;

        read_text(fd, "loop/backing_file", value, sizeof value);
        if (strncmp(value, "/dev/", 5) != 0 || strchr(value + 5, '/') ||
            strlen(value + 5) >= MAP_DEVICE_MAX)
                return 0;

        return add_string(slaves, &n, value + 5);
}

static int read_members(int fd, Map *map) {
        char **slaves = NULL;
        size_t n = 0;
        int r;

        r = read_names(fd, "slaves", &slaves);
        if (r >= 0 && strcmp(map->kind, "loop") == 0)
                r = add_backing(fd, &slaves);
        for (char **s = slaves; s && *s; s++)
                n++;
        if (r >= 0 && n > 0) {
                map->members = calloc(n, sizeof *map->members);
                r = map->members ? 0 : -ENOMEM;
        }
        for (; r >= 0 && map->n_members < n; map->n_members++)
                (void) snprintf(map->members[map->n_members].device, MAP_DEVICE_MAX, "%s",
                                slaves[map->n_members]);

        for (char **s = slaves; s && *s; s++)
                free(*s);
        free(slaves);
        return r;
}

/* What stays on other hosts first: the uuid, then other ids, then the name. */
static unsigned link_rank(const char *link) {
        return strstr(link, "/by-id/dm-uuid-") ? 0 : strstr(link, "/by-id/") ? 1 : 2;
}

static int compare_links(const void *a, const void *b) {
        const char *x = *(char *const *) a, *y = *(char *const *) b;
        unsigned rank_x = link_rank(x), rank_y = link_rank(y);

        return rank_x != rank_y ? (rank_x > rank_y) - (rank_x < rank_y) : strcmp(x, y);
}

static int read_links(int root_fd, Map *map) {
        _cleanup_free_ Disk *disk = calloc(1, sizeof *disk);
        char link[sizeof "/dev/disk/" + UDEV_LINK_LEN_MAX];
        size_t n = 0;
        int r = 0;

        if (!disk)
                return -ENOMEM;
        disk->major = map->major;
        disk->minor = map->minor;
        disk_read_udev(root_fd, disk);

        if (strncmp(map->device, "dm-", 3) == 0) {
                (void) snprintf(link, sizeof link, "/dev/mapper/%s", map->name);
                r = add_string(&map->links, &n, link);
        }
        for (size_t i = 0; r >= 0 && i < disk->udev.n_links; i++) {
                (void) snprintf(link, sizeof link, "/dev/disk/%s", disk->udev.links[i]);
                r = add_string(&map->links, &n, link);
        }
        if (n > 0)
                qsort(map->links, n, sizeof *map->links, compare_links);

        return r;
}

static int read_numbers(int fd, Map *map) {
        char value[ATTR_MAX], rest;
        uint64_t sectors;
        ssize_t n;
        int r;

        n = attr_read(fd, "dev", value, sizeof value);
        if (n < 0)
                return (int) n;
        if (sscanf(value, "%" SCNu32 ":%" SCNu32 "%c", &map->major, &map->minor, &rest) != 2)
                return -ENOENT;
        r = attr_read_number(fd, "size", &sectors);
        if (r < 0)
                return r;

        map->size_bytes = sectors > UINT64_MAX / SECTOR_SIZE ? 0 : sectors * SECTOR_SIZE;
        return 0;
}

int map_read(int root_fd, const char *device, Map **ret) {
        _cleanup_(map_freep) Map *map = calloc(1, sizeof *map);
        char dir[sizeof BLOCK_DIR + MAP_DEVICE_MAX + 1];
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!map)
                return -ENOMEM;
        if (!map_name_is_map(device))
                return -ENOENT;

        (void) snprintf(map->device, sizeof map->device, "%s", device);
        (void) snprintf(dir, sizeof dir, BLOCK_DIR "/%s", device);
        fd = openat(root_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        r = read_kind(fd, map);
        if (r >= 0)
                r = read_numbers(fd, map);
        if (r >= 0)
                r = read_members(fd, map);
        if (r >= 0)
                r = read_names(fd, "holders", &map->holders);
        if (r >= 0)
                r = read_links(root_fd, map);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(map);
        return 0;
}

int map_scan(int root_fd, void (*func)(const char *device, void *userdata), void *userdata) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        /* A machine without block devices has no maps. */
        r = dir_list(root_fd, BLOCK_DIR, &dir);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        while ((errno = 0, entry = readdir(dir)))
                if (map_name_is_map(entry->d_name))
                        func(entry->d_name, userdata);

        return -errno;
}
