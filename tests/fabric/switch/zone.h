/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Zoning by port name: who may see whom. As on a real switch there is a set that is edited and a
 * set that is active; zoning_activate() makes the one the other. Sends nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define ZONE_NAME_SIZE 65

typedef struct Zone {
        TAILQ_ENTRY(Zone) entry;
        char name[ZONE_NAME_SIZE];
        uint64_t *members;
        size_t n_members;
} Zone;

typedef TAILQ_HEAD(ZoneList, Zone) ZoneList;

typedef struct Zoning {
        ZoneList edited;
        ZoneList active;
        /* Two ports that are in no common zone: may they see each other if neither is in any? */
        bool edited_default_permit;
        bool active_default_permit;
} Zoning;

void zoning_init(Zoning *zoning);
void zoning_done(Zoning *zoning);

/* These change the edited set. 1: changed, 0: was so already. */
int zoning_add(Zoning *zoning, const char *zone, uint64_t port_name);
/* -ENOENT: no such zone, or the port is not in it. */
int zoning_remove(Zoning *zoning, const char *zone, uint64_t port_name);
int zoning_remove_zone(Zoning *zoning, const char *zone);
void zoning_clear(Zoning *zoning);

/* Makes the edited set the active one; *ret_old receives the one before, for zone_list_done(). */
int zoning_activate(Zoning *zoning, ZoneList *ret_old, bool *ret_old_default_permit);

/* A port sees itself; two ports see each other in a common zone, or by default if neither is in
 * any. */
bool zone_list_permits(const ZoneList *zones, bool default_permit, uint64_t a, uint64_t b);
static inline bool zoning_permits(const Zoning *zoning, uint64_t a, uint64_t b) {
        return zone_list_permits(&zoning->active, zoning->active_default_permit, a, b);
}
void zone_list_done(ZoneList *zones);
