/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/map-fault.h"

#include <string.h>

const char *map_fault(void *userdata, const Path *path) {
        const MapTable *maps = userdata;
        const MapMember *member = NULL;

        if (!path_has_disk(path))
                return NULL;

        while ((member = map_table_next_on(maps, path_name(path), member))) {
                if (!map_is_multipath(member->map))
                        continue;
                if (strcmp(member->checker, "faulty") == 0)
                        return "faulty";
                if (strcmp(member->state, "failed") == 0)
                        return "failed";
        }

        return NULL;
}
