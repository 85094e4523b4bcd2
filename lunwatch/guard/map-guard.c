/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/map-guard.h"

static PathQuarantine judge(void *userdata, const Map *map) {
        static const PathQuarantine words[_SUSPICION_MAX] = {
                [SUSPICION_NONE] = QUARANTINE_NONE,
                [SUSPICION_WWID] = QUARANTINE_WWID,
                [SUSPICION_SIZE] = QUARANTINE_SIZE,
        };
        const Identity seen = { map->uuid, map->size_bytes };
        MapGuardian *self = userdata;

        if (!map_is_multipath(map))
                return QUARANTINE_NONE;

        return words[guard_judge(self->guard, RECORD_MAP, map->name, &seen, NULL)];
}

static void removed(void *userdata, const Map *map) {
        MapGuardian *self = userdata;

        if (map_is_multipath(map))
                guard_gone(self->guard, RECORD_MAP, map->name, true);
}

void map_guard_attach(MapGuardian *self, Guard *guard, Maps *maps) {
        *self = (MapGuardian){
                .guard = guard,
                .hook = { .judge = judge, .removed = removed, .userdata = self },
        };
        maps->guard = &self->hook;
}
