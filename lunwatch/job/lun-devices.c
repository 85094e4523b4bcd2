/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/lun-devices.h"

#include "lunwatch/path/wwid.h"

#include <string.h>

void lun_devices_done(LunDevices *lun) {
        free(TAKE_PTR(lun->wwid));
}

/* A LUN has one WWID: a map may be made of several. */
static int check_found(const Found *found) {
        if (found->n_paths == 0 || found->kind == FOUND_INITIATOR || found->kind == FOUND_TARGET)
                return -ENOENT;
        if (found->kind == FOUND_MAP && !map_is_multipath(found->maps[0]))
                return found->n_paths > 1 ? -ENOTUNIQ : -ENOENT;
        for (size_t i = 1; i < found->n_paths; i++)
                if (!wwid_equals(path_wwid(found->paths[i]), path_wwid(found->paths[0])))
                        return -ENOTUNIQ;

        return 0;
}

static int add_path(LunDevices *lun, const Path *path) {
        if (lun->n_paths == ACT_DEVICES_MAX)
                return -E2BIG;

        lun->hctls[lun->n_paths++] = path->key.hctl;
        return 0;
}

static int add_paths(LunDevices *lun, const Index *index, const Path *named) {
        int r = 0;

        if (!wwid_is_known(lun->wwid))
                return add_path(lun, named);
        for (const Path *path = index_first_wwid(index, lun->wwid); r >= 0 && path;
             path = index_next_wwid(path))
                r = add_path(lun, path);

        return r;
}

static void find_map(LunDevices *lun, const Found *found) {
        for (size_t i = 0; i < found->n_maps; i++)
                if (map_is_multipath(found->maps[i])) {
                        (void) strcpy(lun->map, found->maps[i]->name);
                        (void) strcpy(lun->map_device, found->maps[i]->device);
                        return;
                }
}

int lun_devices_find(const Inventory *inventory, const MapTable *maps, const char *name,
                     LunDevices *ret) {
        _cleanup_(lun_devices_done) LunDevices lun = { 0 };
        _cleanup_(found_done) Found found = { 0 };
        int r;

        r = find_object(inventory, maps, name, &found);
        if (r >= 0)
                r = check_found(&found);
        if (r < 0)
                return r;

        lun.wwid = strdup(path_wwid(found.paths[0]));
        if (!lun.wwid)
                return -ENOMEM;
        find_map(&lun, &found);
        r = add_paths(&lun, &inventory->index, found.paths[0]);
        if (r < 0)
                return r;

        *ret = lun;
        lun.wwid = NULL;
        return 0;
}

const char *lun_devices_name(const LunDevices *lun, HctlString buf) {
        return wwid_is_known(lun->wwid) ? lun->wwid : hctl_format(lun->hctls, buf);
}

void lun_devices_look(const LunDevices *lun, const Index *index, const MapTable *maps,
                      Found *found) {
        const Map *map;

        found->n_paths = found->n_maps = 0;
        for (size_t i = 0; i < lun->n_paths; i++) {
                const Path *path = index_find_hctl(index, lun->hctls + i);

                if (path && wwid_equals(path_wwid(path), lun->wwid))
                        found->paths[found->n_paths++] = path;
        }
        map = *lun->map_device ? map_table_find(maps, lun->map_device) : NULL;
        if (map)
                found->maps[found->n_maps++] = map;
}
