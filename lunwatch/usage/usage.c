/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/usage/usage.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

typedef char DeviceName[MAP_DEVICE_MAX];

/* Devices yet to be looked at, and those that were. */
typedef struct Stack {
        DeviceName *names;
        size_t n, n_done;
} Stack;

static void stack_done(Stack *stack) {
        free(stack->names);
}

static int stack_add(Stack *stack, const char *name) {
        DeviceName *names;

        if (!*name || strlen(name) >= sizeof(DeviceName) || stack->n == USAGE_DEVICES_MAX)
                return 0;
        for (size_t i = 0; i < stack->n; i++)
                if (strcmp(stack->names[i], name) == 0)
                        return 0;

        names = reallocarray(stack->names, stack->n + 1, sizeof *names);
        if (!names)
                return -ENOMEM;
        stack->names = names;
        (void) strcpy(stack->names[stack->n++], name);
        return 1;
}

static int open_device(const Usage *usage, const char *name) {
        char dir[32 + MAP_DEVICE_MAX];
        int fd;

        (void) snprintf(dir, sizeof dir, "sys/class/block/%s", name);
        fd = openat(usage->inventory->reader.root_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) {
                (void) snprintf(dir, sizeof dir, "sys/block/%s", name);
                fd = openat(usage->inventory->reader.root_fd, dir,
                            O_PATH | O_DIRECTORY | O_CLOEXEC);
        }

        return fd < 0 ? -errno : fd;
}

static int add_map_use(UseList *uses, const Map *map, const char *below) {
        if (map_is_multipath(map))
                return use_list_add(uses, "map", map->name, below,
                                    "multipath map %s (%s) is made of it", map->name, map->device);
        if (strcmp(map->kind, "lvm") == 0)
                return use_list_add(uses, "lvm", map->name, below, "LVM volume %s (%s) is on it",
                                    map->name, map->device);
        if (strcmp(map->kind, "md") == 0)
                return use_list_add(uses, "md", map->name, below, "MD device %s is on it",
                                    map->name);
        if (strcmp(map->kind, "loop") == 0)
                return use_list_add(uses, "loop", map->name, below, "loop device %s is on it",
                                    map->name);
        if (strcmp(map->kind, "partition") == 0)
                return use_list_add(uses, "partition", map->name, below,
                                    "partition %s (%s) is on it", map->name, map->device);

        return use_list_add(uses, "map", map->name, below, "%s device %s (%s) is on it", map->kind,
                            map->name, map->device);
}

/* What holds a device, as sysfs has it: maps by their records, others (bcache, drbd) by name. */
static int add_holders(const Usage *usage, int fd, const char *name, Stack *stack, UseList *uses) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(fd, "holders", &dir);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        while (r >= 0 && (entry = readdir(dir))) {
                const Map *map = map_table_find(usage->maps, entry->d_name);

                if (entry->d_name[0] == '.')
                        continue;
                r = map ? add_map_use(uses, map, name)
                        : use_list_add(uses, "holder", entry->d_name, name,
                                       "%s is on it, and the kernel does not say as what",
                                       entry->d_name);
                if (r >= 0)
                        r = stack_add(stack, entry->d_name);
        }

        return r < 0 ? r : 0;
}

/* Of loop devices sysfs has no holders. */
static int add_loops(const Usage *usage, const char *name, Stack *stack, UseList *uses) {
        const MapMember *member = NULL;
        int r = 0;

        while (r >= 0 && (member = map_table_next_on(usage->maps, name, member))) {
                if (strcmp(member->map->kind, "loop") != 0)
                        continue;
                r = add_map_use(uses, member->map, name);
                if (r >= 0)
                        r = stack_add(stack, member->map->device);
        }

        return r < 0 ? r : 0;
}

/* Directories in that of the disk that have a number among partitions. */
static int add_partitions(int fd, const char *name, Stack *stack, UseList *uses) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(fd, ".", &dir);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        while (r >= 0 && (entry = readdir(dir))) {
                char file[sizeof entry->d_name + sizeof "/partition"];

                if (strncmp(entry->d_name, name, strlen(name)) != 0)
                        continue;
                (void) snprintf(file, sizeof file, "%s/partition", entry->d_name);
                if (faccessat(fd, file, F_OK, 0) < 0)
                        continue;
                r = use_list_add(uses, "partition", entry->d_name, name, "partition %s is on it",
                                 entry->d_name);
                if (r >= 0)
                        r = stack_add(stack, entry->d_name);
        }

        return r < 0 ? r : 0;
}

static int add_mounts(const Usage *usage, int fd, const char *name, UseList *uses) {
        char value[ATTR_MAX], node[sizeof "/dev/" + MAP_DEVICE_MAX], rest;
        unsigned major, minor;
        const char *target;
        size_t position = 0;
        int r = 0;

        (void) snprintf(node, sizeof node, "/dev/%s", name);
        if (mounts_is_swap(usage->mounts, node))
                r = use_list_add(uses, "swap", node, name, "%s is swap space", name);
        if (attr_read(fd, "dev", value, sizeof value) < 0 ||
            sscanf(value, "%u:%u%c", &major, &minor, &rest) != 2)
                return r;

        while (r >= 0 && (target = mounts_next(usage->mounts, makedev(major, minor), &position)))
                r = use_list_add(uses, "mount", target, name, "%s is mounted on %s", name, target);

        return r;
}

static int look_at(const Usage *usage, const char *name, Stack *stack, UseList *uses) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open_device(usage, name);
        if (fd < 0)
                return attr_is_gone(fd) ? 0 : fd;

        r = add_mounts(usage, fd, name, uses);
        if (r >= 0)
                r = add_partitions(fd, name, stack, uses);
        if (r >= 0)
                r = add_holders(usage, fd, name, stack, uses);
        if (r >= 0)
                r = add_loops(usage, name, stack, uses);

        return r;
}

int usage_of(const Usage *usage, const Found *found, UseList *ret) {
        _cleanup_(use_list_done) UseList uses = { 0 };
        _cleanup_(stack_done) Stack stack = { 0 };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < found->n_paths; i++)
                r = stack_add(&stack, path_name(found->paths[i]));
        for (size_t i = 0; r >= 0 && i < found->n_maps; i++)
                r = stack_add(&stack, found->maps[i]->device);
        while (r >= 0 && stack.n_done < stack.n) {
                DeviceName name;

                (void) strcpy(name, stack.names[stack.n_done++]);
                r = look_at(usage, name, &stack, &uses);
        }
        if (r < 0)
                return r;

        *ret = uses;
        uses = (UseList){ 0 };
        return 0;
}

int usage_device_name(const Usage *usage, dev_t device, char ret[static MAP_DEVICE_MAX]) {
        char link[64], target[4096];
        const char *name;
        ssize_t n;

        (void) snprintf(link, sizeof link, "sys/dev/block/%u:%u", major(device), minor(device));
        n = readlinkat(usage->inventory->reader.root_fd, link, target, sizeof target - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';
        name = strrchr(target, '/');
        if (!name || strlen(name + 1) >= MAP_DEVICE_MAX)
                return -ENOENT;

        (void) strcpy(ret, name + 1);
        return 0;
}

int usage_find(const Usage *usage, const char *name, Found *ret, bool *ret_is_mount) {
        char device[MAP_DEVICE_MAX];
        dev_t number;
        int r;

        *ret_is_mount = false;
        r = find_object(usage->inventory, usage->maps, name, ret);
        if (r != -ENOENT || name[0] != '/')
                return r;

        number = mounts_find(usage->mounts, name);
        if (number == 0 || usage_device_name(usage, number, device) < 0)
                return -ENOENT;

        *ret_is_mount = true;
        return find_device(usage->inventory, usage->maps, device, ret);
}
