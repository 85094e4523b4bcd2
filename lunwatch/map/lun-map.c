/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/lun-map.h"

#include <string.h>

/* What udev makes of the uuid: the same on every host with the same LUN. */
static const char *find_stable_link(const Map *map) {
        static const char prefix[] = "/dev/disk/by-id/dm-uuid-mpath-";

        for (char **link = map->links; link && *link; link++)
                if (strncmp(*link, prefix, strlen(prefix)) == 0)
                        return *link;

        return "";
}

bool lun_map_find(const void *table, const char *wwid, LunMap *ret) {
        const Map *map = map_table_find_wwid(table, wwid);

        if (!map)
                return false;

        *ret = (LunMap){
                .name = map->name,
                .device = map->device,
                .link = find_stable_link(map),
                .size_bytes = map->size_bytes,
                .quarantine = map->quarantine,
        };
        return true;
}
