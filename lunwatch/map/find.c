/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/find.h"

#include "lunwatch/path/disk.h"
#include "lunwatch/path/wwid.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/sysmacros.h>

/* Maps of maps of maps; the kernel does not allow circles, sysfs in a bad moment might. */
#define DEPTH_MAX 16

const char *found_kind_text(FoundKind kind) {
        static const char *const words[] = {
                [FOUND_PATH] = "path",           [FOUND_LUN] = "lun",       [FOUND_MAP] = "map",
                [FOUND_INITIATOR] = "initiator", [FOUND_TARGET] = "target",
        };

        return words[kind];
}

void found_done(Found *found) {
        free(found->paths);
        free(found->maps);
        *found = (Found){ 0 };
}

static int add_path(Found *found, const Path *path) {
        if (found->n_paths == FOUND_PATHS_MAX)
                return -E2BIG;
        if (found->n_paths == found->n_paths_allocated) {
                size_t n = 2 * found->n_paths_allocated + 16;
                const Path **paths = reallocarray(found->paths, n, sizeof *paths);

                if (!paths)
                        return -ENOMEM;
                found->paths = paths;
                found->n_paths_allocated = n;
        }

        found->paths[found->n_paths++] = path;
        return 0;
}

/* > 0 when it was not there yet. */
static int add_map(Found *found, const Map *map) {
        for (size_t i = 0; i < found->n_maps; i++)
                if (found->maps[i] == map)
                        return 0;

        if (found->n_maps == found->n_maps_allocated) {
                size_t n = 2 * found->n_maps_allocated + 8;
                const Map **maps = reallocarray(found->maps, n, sizeof *maps);

                if (!maps)
                        return -ENOMEM;
                found->maps = maps;
                found->n_maps_allocated = n;
        }

        found->maps[found->n_maps++] = map;
        return 1;
}

static bool has_path(const Found *found, const Path *path) {
        for (size_t i = 0; i < found->n_paths; i++)
                if (found->paths[i] == path)
                        return true;

        return false;
}

static int add_below(Found *found, const Inventory *inventory, const MapTable *maps, const Map *map,
                     unsigned depth) {
        for (size_t i = 0; i < map->n_members; i++) {
                const char *device = map->members[i].device;
                const Path *path = index_find_name(&inventory->index, device);
                const Map *below = map_table_find(maps, device);
                int r = 0;

                if (path && !has_path(found, path))
                        r = add_path(found, path);
                else if (below && depth < DEPTH_MAX && (r = add_map(found, below)) > 0)
                        r = add_below(found, inventory, maps, below, depth + 1);
                if (r < 0)
                        return r;
        }

        return 0;
}

int found_add_map(Found *found, const Inventory *inventory, const MapTable *maps, const Map *map) {
        int r;

        r = add_map(found, map);
        return r <= 0 ? r : add_below(found, inventory, maps, map, 0);
}

/* All that is on top of a device, directly. */
static int add_maps_on(Found *found, const MapTable *maps, const char *device) {
        const MapMember *member = NULL;

        while (*device && (member = map_table_next_on(maps, device, member))) {
                int r = add_map(found, member->map);

                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_path_and_maps(Found *found, const MapTable *maps, const Path *path) {
        int r;

        r = add_path(found, path);
        return r < 0 ? r : add_maps_on(found, maps, path_name(path));
}

static int found_path(Found *found, const MapTable *maps, const Path *path) {
        found->kind = FOUND_PATH;
        (void) snprintf(found->device, sizeof found->device, "%s", path_name(path));
        return add_path_and_maps(found, maps, path);
}

static int found_map(Found *found, const Inventory *inventory, const MapTable *maps,
                     const Map *map) {
        found->kind = FOUND_MAP;
        (void) strcpy(found->device, map->device);
        return found_add_map(found, inventory, maps, map);
}

static int find_known(const Inventory *inventory, const MapTable *maps, const char *device,
                      Found *found) {
        const Path *path = index_find_name(&inventory->index, device);
        const Map *map = map_table_find(maps, device);

        if (path)
                return found_path(found, maps, path);
        if (map)
                return found_map(found, inventory, maps, map);

        return -ENOENT;
}

/* A link of sysfs to a block device: its name and that of its parent, which is a partition's disk.
 */
static int find_link(const Inventory *inventory, const MapTable *maps, const char *link,
                     Found *found) {
        char target[4096], *parent;
        const char *name;
        ssize_t n;
        int r;

        n = readlinkat(inventory->reader.root_fd, link, target, sizeof target - 1);
        if (n < 0)
                return -ENOENT;
        target[n] = '\0';
        name = strrchr(target, '/');
        if (!name)
                return -ENOENT;

        r = find_known(inventory, maps, name + 1, found);
        if (r != -ENOENT)
                return r;

        *strrchr(target, '/') = '\0';
        parent = strrchr(target, '/');
        return parent ? find_known(inventory, maps, parent + 1, found) : -ENOENT;
}

int find_device(const Inventory *inventory, const MapTable *maps, const char *device, Found *ret) {
        char link[64 + MAP_DEVICE_MAX];
        int r;

        r = find_known(inventory, maps, device, ret);
        if (r != -ENOENT || strchr(device, '/') || strlen(device) >= MAP_DEVICE_MAX ||
            device[0] == '.')
                return r;

        (void) snprintf(link, sizeof link, "sys/class/block/%s", device);
        return find_link(inventory, maps, link, ret);
}

static int find_node(const Inventory *inventory, const MapTable *maps, const char *name,
                     Found *found) {
        const char *below = name + strlen("/dev/");
        const Path *path;
        char link[64];
        dev_t number;

        /* What is not a device node may still be the link of a map, or of udev's database. */
        if (disk_resolve(inventory->reader.root_fd, below, &number) < 0)
                return -ENOENT;
        path = index_find_devnum(&inventory->index, major(number), minor(number));
        if (path)
                return found_path(found, maps, path);

        (void) snprintf(link, sizeof link, "sys/dev/block/%u:%u", major(number), minor(number));
        return find_link(inventory, maps, link, found);
}

/* All paths of a WWID, and its map. */
static int find_wwid(const Inventory *inventory, const MapTable *maps, const char *wwid,
                     Found *found) {
        const Path *path = index_first_wwid(&inventory->index, wwid);
        const Map *map = map_table_find_wwid(maps, wwid);
        int r = 0;

        if (!path && !map)
                return -ENOENT;

        found->kind = FOUND_LUN;
        for (; r >= 0 && path; path = index_next_wwid(path))
                r = add_path_and_maps(found, maps, path);
        if (r >= 0 && map)
                r = add_map(found, map);

        return r < 0 ? r : 0;
}

static int find_port(const Inventory *inventory, const MapTable *maps, const char *name,
                     Found *found) {
        const Index *index = &inventory->index;
        IndexRange range;
        Port port;
        int r = 0;

        if (port_parse(name, &port) < 0)
                return -ENOENT;

        range = index_initiator(index, &port);
        found->kind = FOUND_INITIATOR;
        for (size_t i = range.begin; r >= 0 && i < range.end; i++)
                r = add_path_and_maps(found, maps, index->paths[i]);
        if (r < 0 || range.begin < range.end)
                return r;

        found->kind = FOUND_TARGET;
        for (size_t i = 0; r >= 0 && i < index->n_paths; i++)
                if (index->paths[i]->key.target == port.name &&
                    index->paths[i]->key.transport == port.transport)
                        r = add_path_and_maps(found, maps, index->paths[i]);

        return r < 0 ? r : found->n_paths > 0 ? 0 : -ENOENT;
}

static int find(const Inventory *inventory, const MapTable *maps, const char *name, Found *found) {
        const Path *path;
        const Map *map;
        Hctl hctl;
        int r;

        if (hctl_parse(name, &hctl) >= 0) {
                path = index_find_hctl(&inventory->index, &hctl);
                return path ? found_path(found, maps, path) : -ENOENT;
        }
        if (strncmp(name, "/dev/", strlen("/dev/")) == 0)
                return find_node(inventory, maps, name, found);

        map = map_table_find_name(maps, name);
        if (!map)
                map = map_table_find_uuid(maps, name);
        if (map)
                return found_map(found, inventory, maps, map);

        r = find_device(inventory, maps, name, found);
        if (r == -ENOENT)
                r = find_wwid(inventory, maps, name, found);
        if (r == -ENOENT)
                r = find_port(inventory, maps, name, found);

        return r;
}

int find_object(const Inventory *inventory, const MapTable *maps, const char *name, Found *ret) {
        _cleanup_(found_done) Found found = { 0 };
        int r;

        r = *name ? find(inventory, maps, name, &found) : -ENOENT;
        if (r < 0)
                return r;

        *ret = found;
        found = (Found){ 0 };
        return 0;
}
