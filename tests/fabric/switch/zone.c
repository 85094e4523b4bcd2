/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zone.h"

#include "common/cleanup.h"

#include <string.h>

static Zone *zone_free(Zone *zone) {
        if (!zone)
                return NULL;
        free(zone->members);
        free(zone);
        return NULL;
}

static Zone *zone_find(const ZoneList *zones, const char *name) {
        Zone *zone;

        TAILQ_FOREACH(zone, zones, entry)
                if (strcmp(zone->name, name) == 0)
                        return zone;
        return NULL;
}

static bool zone_has(const Zone *zone, uint64_t port_name) {
        for (size_t i = 0; i < zone->n_members; i++)
                if (zone->members[i] == port_name)
                        return true;
        return false;
}

static int zone_new(const char *name, Zone **ret) {
        Zone *zone = calloc(1, sizeof *zone);

        if (!zone)
                return -ENOMEM;
        (void) snprintf(zone->name, sizeof zone->name, "%s", name);
        *ret = zone;
        return 0;
}

static int zone_add(Zone *zone, uint64_t port_name) {
        uint64_t *members = reallocarray(zone->members, zone->n_members + 1, sizeof *members);

        if (!members)
                return -ENOMEM;
        members[zone->n_members++] = port_name;
        zone->members = members;
        return 1;
}

void zone_list_done(ZoneList *zones) {
        Zone *zone;

        while ((zone = TAILQ_FIRST(zones))) {
                TAILQ_REMOVE(zones, zone, entry);
                (void) zone_free(zone);
        }
}

void zoning_init(Zoning *zoning) {
        TAILQ_INIT(&zoning->edited);
        TAILQ_INIT(&zoning->active);
        zoning->edited_default_permit = true;
        zoning->active_default_permit = true;
}

void zoning_done(Zoning *zoning) {
        zone_list_done(&zoning->edited);
        zone_list_done(&zoning->active);
}

int zoning_add(Zoning *zoning, const char *name, uint64_t port_name) {
        Zone *zone = zone_find(&zoning->edited, name);
        int r;

        if (!zone) {
                r = zone_new(name, &zone);
                if (r < 0)
                        return r;
                TAILQ_INSERT_TAIL(&zoning->edited, zone, entry);
        }
        if (zone_has(zone, port_name))
                return 0;
        return zone_add(zone, port_name);
}

int zoning_remove(Zoning *zoning, const char *name, uint64_t port_name) {
        Zone *zone = zone_find(&zoning->edited, name);

        if (!zone)
                return -ENOENT;
        for (size_t i = 0; i < zone->n_members; i++)
                if (zone->members[i] == port_name) {
                        zone->members[i] = zone->members[--zone->n_members];
                        return 1;
                }
        return -ENOENT;
}

int zoning_remove_zone(Zoning *zoning, const char *name) {
        Zone *zone = zone_find(&zoning->edited, name);

        if (!zone)
                return -ENOENT;
        TAILQ_REMOVE(&zoning->edited, zone, entry);
        (void) zone_free(zone);
        return 1;
}

void zoning_clear(Zoning *zoning) {
        zone_list_done(&zoning->edited);
        zoning->edited_default_permit = true;
}

static int zone_list_copy(const ZoneList *from, ZoneList *to) {
        const Zone *zone;
        int r;

        TAILQ_FOREACH(zone, from, entry) {
                Zone *copy;

                r = zone_new(zone->name, &copy);
                if (r < 0)
                        return r;
                TAILQ_INSERT_TAIL(to, copy, entry);
                for (size_t i = 0; i < zone->n_members; i++) {
                        r = zone_add(copy, zone->members[i]);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

int zoning_activate(Zoning *zoning, ZoneList *ret_old, bool *ret_old_default_permit) {
        ZoneList copy = TAILQ_HEAD_INITIALIZER(copy);
        int r;

        r = zone_list_copy(&zoning->edited, &copy);
        if (r < 0) {
                zone_list_done(&copy);
                return r;
        }
        TAILQ_INIT(ret_old);
        TAILQ_CONCAT(ret_old, &zoning->active, entry);
        TAILQ_CONCAT(&zoning->active, &copy, entry);
        *ret_old_default_permit = zoning->active_default_permit;
        zoning->active_default_permit = zoning->edited_default_permit;
        return 0;
}

bool zone_list_permits(const ZoneList *zones, bool default_permit, uint64_t a, uint64_t b) {
        bool is_zoned = false;
        const Zone *zone;

        if (a == b)
                return true;
        TAILQ_FOREACH(zone, zones, entry) {
                bool has_a = zone_has(zone, a), has_b = zone_has(zone, b);

                if (has_a && has_b)
                        return true;
                is_zoned = is_zoned || has_a || has_b;
        }
        return default_permit && !is_zoned;
}
