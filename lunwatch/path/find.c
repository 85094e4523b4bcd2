/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/find.h"

#include <string.h>
#include <sys/sysmacros.h>

/* A partition's place in sysfs is below its disk's, which is below the SCSI device's. */
static const Path *find_below(const Inventory *inventory, const char *link) {
        char target[4096];
        DevPath where;
        ssize_t n;

        n = readlinkat(inventory->reader.root_fd, link, target, sizeof target - 1);
        if (n < 0)
                return NULL;
        target[n] = '\0';

        return devpath_parse(target, &where) < 0 ? NULL
                                                 : index_find_hctl(&inventory->index, &where.hctl);
}

static const Path *find_kernel_name(const Inventory *inventory, const char *name) {
        const Path *path = index_find_name(&inventory->index, name);
        char link[64];

        if (path || !*name || name[0] == '.' || strchr(name, '/') || strlen(name) > 40)
                return path;

        (void) snprintf(link, sizeof link, "sys/class/block/%s", name);
        return find_below(inventory, link);
}

static const Path *find_node(const Inventory *inventory, const char *name) {
        const Path *path;
        char link[64];
        dev_t number;

        if (disk_resolve(inventory->reader.root_fd, name, &number) < 0)
                return NULL;
        path = index_find_devnum(&inventory->index, major(number), minor(number));
        if (path)
                return path;

        (void) snprintf(link, sizeof link, "sys/dev/block/%u:%u", major(number), minor(number));
        return find_below(inventory, link);
}

const Path *path_find(const Inventory *inventory, const char *name) {
        Hctl hctl;

        if (hctl_parse(name, &hctl) >= 0)
                return index_find_hctl(&inventory->index, &hctl);
        if (strncmp(name, "/dev/", strlen("/dev/")) == 0)
                return find_node(inventory, name + strlen("/dev/"));

        return find_kernel_name(inventory, name);
}
