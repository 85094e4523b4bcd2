/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Holders that sysfs and the kernel's swap table know: devices stacked on a LUN, btrfs, swap.
 */

#include "common/file.h"
#include "common/holders-part.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define BLOCK_CLASS "/sys/class/block"

static int read_number(const char *block, dev_t *ret) {
        char path[96], text[32];
        unsigned major_number, minor_number;
        ssize_t n;

        (void) snprintf(path, sizeof path, BLOCK_CLASS "/%.31s/dev", block);
        n = attr_read(AT_FDCWD, path, text, sizeof text);
        if (n < 0)
                return (int) n;
        if (sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
                return -EINVAL;

        *ret = makedev(major_number, minor_number);
        return 0;
}

static void read_dm(const char *block, const char *attribute, char *buf, size_t size) {
        char path[96];

        (void) snprintf(path, sizeof path, BLOCK_CLASS "/%.31s/dm/%s", block, attribute);
        if (attr_read(AT_FDCWD, path, buf, size) < 0)
                buf[0] = '\0';
}

/* "mpath-WWID", and "part1-mpath-WWID" of its partitions. */
static bool is_multipath(const char *uuid) {
        if (strncmp(uuid, "part", 4) == 0)
                uuid += 4 + strspn(uuid + 4, "0123456789") + 1;

        return strncmp(uuid, "mpath-", 6) == 0;
}

/* A device of another kind on top is a holder; a multipath map is one more device to look at. */
static int take_upper(Holders *holders, HeldSet *set, const char *upper, const char *block) {
        char uuid[160], name[160];
        int r;

        read_dm(upper, "uuid", uuid, sizeof uuid);
        if (is_multipath(uuid))
                return holders_find_stacked(holders, set, upper);

        read_dm(upper, "name", name, sizeof name);
        if (strncmp(uuid, "LVM-", 4) == 0)
                r = holders_add(holders, "lvm", name, block, "LVM volume %s is on %s", name, block);
        else if (name[0] != '\0')
                r = holders_add(holders, "map", name, block, "device-mapper device %s is on %s",
                                name, block);
        else
                r = holders_add(holders, strncmp(upper, "md", 2) == 0 ? "md" : "holder", upper,
                                block, "%s is on %s", upper, block);

        return r;
}

static int find_partitions(Holders *holders, HeldSet *set, const char *block) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        char path[96];
        int r;

        (void) snprintf(path, sizeof path, BLOCK_CLASS "/%.31s", block);
        dir = opendir(path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;

        while ((entry = readdir(dir))) {
                char mark[NAME_MAX + 16];

                if (strncmp(entry->d_name, block, strlen(block)) != 0)
                        continue;
                (void) snprintf(mark, sizeof mark, "%s/partition", entry->d_name);
                if (faccessat(dirfd(dir), mark, F_OK, 0) < 0)
                        continue;
                r = holders_find_stacked(holders, set, entry->d_name);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int find_uppers(Holders *holders, HeldSet *set, const char *block) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        char path[96];
        int r;

        (void) snprintf(path, sizeof path, BLOCK_CLASS "/%.31s/holders", block);
        dir = opendir(path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;

        while ((entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                r = take_upper(holders, set, entry->d_name, block);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Its mount shows a device number of its own, and only one of several devices by name. */
static int find_btrfs(Holders *holders, const char *block) {
        _cleanup_(closedirp) DIR *dir = opendir("/sys/fs/btrfs");
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                char member[NAME_MAX + 64];

                (void) snprintf(member, sizeof member, "%s/devices/%.31s", entry->d_name, block);
                if (entry->d_name[0] != '.' && faccessat(dirfd(dir), member, F_OK, 0) >= 0)
                        return holders_add(holders, "mount", entry->d_name, block,
                                           "%s is part of the mounted btrfs %s", block,
                                           entry->d_name);
        }

        return 0;
}

int holders_find_stacked(Holders *holders, HeldSet *set, const char *block) {
        dev_t number = 0;
        int r;

        /* Two paths lead to one map. */
        if (held_set_find_name(set, block))
                return 0;
        r = read_number(block, &number);
        if (r < 0)
                return r == -ENOENT || r == -ENODEV ? 0 : r;

        r = held_set_add(set, block, number, false);
        if (r >= 0)
                r = find_partitions(holders, set, block);
        if (r >= 0)
                r = find_uppers(holders, set, block);
        if (r >= 0)
                r = find_btrfs(holders, block);

        return r;
}

int holders_find_swap(Holders *holders, const HeldSet *set) {
        _cleanup_(fclosep) FILE *file = NULL;
        char line[512];
        int r;

        file = fopen("/proc/swaps", "re");
        if (!file)
                return errno == ENOENT ? 0 : -errno;

        while (fgets(line, sizeof line, file)) {
                const char *base;

                line[strcspn(line, " \t\n")] = '\0';
                base = strrchr(line, '/');
                if (!base || !held_set_find_name(set, base + 1))
                        continue;
                r = holders_add(holders, "swap", line, base + 1, "%s is a swap area", base + 1);
                if (r < 0)
                        return r;
        }

        return 0;
}
