/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All maps, found by kernel name, name, uuid, WWID and by what they are made of, and in the order
 * of their names. Owns its maps; knows nothing of where they come from or who is told.
 */

#include "lunwatch/map/map.h"

typedef struct MapTable {
        Map **maps; /* sorted by name and kernel name */
        size_t n_maps, n_allocated;
        Table by_device, by_name, by_uuid, by_wwid, by_member;
} MapTable;

void map_table_done(MapTable *table);

/*
 * Takes the map over. One of the same kernel name makes way and is handed back in *ret_old (or
 * NULL), to be freed by the caller. On failure nothing has changed and the map is the caller's.
 */
int map_table_put(MapTable *table, Map *map, Map **ret_old);

/* Removes it and hands it to the caller; NULL when there is none. */
Map *map_table_take(MapTable *table, const char *device);

const Map *map_table_find(const MapTable *table, const char *device); /* by kernel name */
const Map *map_table_find_name(const MapTable *table, const char *name);
const Map *map_table_find_uuid(const MapTable *table, const char *uuid);
const Map *map_table_find_wwid(const MapTable *table, const char *wwid); /* any spelling */

/* The map directly on top of a device: multipath before any other. NULL when there is none. */
const Map *map_table_find_on(const MapTable *table, const char *device);

/* The next map on top of the same device, for all of them; NULL for the first. */
const MapMember *map_table_next_on(const MapTable *table, const char *device,
                                   const MapMember *after);

/* The position of the first map that is not before this name and kernel name. */
size_t map_table_lower_bound(const MapTable *table, const char *name, const char *device);
