/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/table.h"

#include "lunwatch/path/wwid.h"

#include <string.h>

static uint32_t hash_text(const char *s) {
        return hash_bytes(s, strlen(s));
}

void map_table_done(MapTable *table) {
        for (size_t i = 0; i < table->n_maps; i++)
                (void) map_free(table->maps[i]);
        free(table->maps);
        table_done(&table->by_device);
        table_done(&table->by_name);
        table_done(&table->by_uuid);
        table_done(&table->by_wwid);
        table_done(&table->by_member);
        *table = (MapTable){ 0 };
}

/* Everything that can fail, before anything is changed. */
static int reserve(MapTable *table) {
        Table *const tables[] = { &table->by_device, &table->by_name, &table->by_uuid,
                                  &table->by_wwid, &table->by_member };
        size_t n = table->n_allocated ? 2 * table->n_allocated : 64;
        Map **maps;

        for (size_t i = 0; i < ARRAY_LEN(tables); i++)
                if (table_prepare(tables[i]) < 0)
                        return -ENOMEM;

        if (table->n_maps < table->n_allocated)
                return 0;
        maps = reallocarray(table->maps, n, sizeof *maps);
        if (!maps)
                return -ENOMEM;

        table->maps = maps;
        table->n_allocated = n;
        return 0;
}

static int compare(const Map *map, const char *name, const char *device) {
        int r = strcmp(map->name, name);

        return r != 0 ? r : strcmp(map->device, device);
}

size_t map_table_lower_bound(const MapTable *table, const char *name, const char *device) {
        size_t begin = 0, end = table->n_maps;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (compare(table->maps[middle], name, device) < 0)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return begin;
}

static void enter(MapTable *table, Map *map) {
        size_t i = map_table_lower_bound(table, map->name, map->device);

        memmove(table->maps + i + 1, table->maps + i, (table->n_maps - i) * sizeof *table->maps);
        table->maps[i] = map;
        table->n_maps++;

        table_add(&table->by_device, &map->by_device, hash_text(map->device));
        table_add(&table->by_name, &map->by_name, hash_text(map->name));
        if (map->uuid[0])
                table_add(&table->by_uuid, &map->by_uuid, hash_text(map->uuid));
        if (map->wwid[0])
                table_add(&table->by_wwid, &map->by_wwid, hash_string_nocase(wwid_bare(map->wwid)));
        for (size_t m = 0; m < map->n_members; m++) {
                map->members[m].map = map;
                table_add(&table->by_member, &map->members[m].by_device,
                          hash_text(map->members[m].device));
        }
}

static void leave(MapTable *table, Map *map) {
        size_t i = map_table_lower_bound(table, map->name, map->device);

        table->n_maps--;
        memmove(table->maps + i, table->maps + i + 1, (table->n_maps - i) * sizeof *table->maps);

        table_remove(&table->by_device, &map->by_device);
        table_remove(&table->by_name, &map->by_name);
        if (map->uuid[0])
                table_remove(&table->by_uuid, &map->by_uuid);
        if (map->wwid[0])
                table_remove(&table->by_wwid, &map->by_wwid);
        for (size_t m = 0; m < map->n_members; m++)
                table_remove(&table->by_member, &map->members[m].by_device);
}

static Map *find_device(const MapTable *table, const char *device) {
        TableNode *node = table_first(&table->by_device, hash_text(device));

        for (; node; node = table_next(node)) {
                Map *map = table_owner(node, Map, by_device);

                if (strcmp(map->device, device) == 0)
                        return map;
        }

        return NULL;
}

int map_table_put(MapTable *table, Map *map, Map **ret_old) {
        int r;

        r = reserve(table);
        if (r < 0)
                return r;

        *ret_old = map_table_take(table, map->device);
        enter(table, map);
        return 0;
}

Map *map_table_take(MapTable *table, const char *device) {
        Map *map = find_device(table, device);

        if (map)
                leave(table, map);
        return map;
}

const Map *map_table_find(const MapTable *table, const char *device) {
        return find_device(table, device);
}

const Map *map_table_find_name(const MapTable *table, const char *name) {
        TableNode *node = table_first(&table->by_name, hash_text(name));

        for (; node; node = table_next(node))
                if (strcmp(table_owner(node, Map, by_name)->name, name) == 0)
                        return table_owner(node, Map, by_name);

        return NULL;
}

const Map *map_table_find_uuid(const MapTable *table, const char *uuid) {
        TableNode *node = table_first(&table->by_uuid, hash_text(uuid));

        for (; node; node = table_next(node))
                if (strcmp(table_owner(node, Map, by_uuid)->uuid, uuid) == 0)
                        return table_owner(node, Map, by_uuid);

        return NULL;
}

const Map *map_table_find_wwid(const MapTable *table, const char *wwid) {
        TableNode *node = table_first(&table->by_wwid, hash_string_nocase(wwid_bare(wwid)));

        for (; node; node = table_next(node))
                if (wwid_equals(table_owner(node, Map, by_wwid)->wwid, wwid))
                        return table_owner(node, Map, by_wwid);

        return NULL;
}

const MapMember *map_table_next_on(const MapTable *table, const char *device,
                                   const MapMember *after) {
        TableNode *node = after ? table_next(&after->by_device)
                                : table_first(&table->by_member, hash_text(device));

        for (; node; node = table_next(node))
                if (strcmp(table_owner(node, MapMember, by_device)->device, device) == 0)
                        return table_owner(node, MapMember, by_device);

        return NULL;
}

const Map *map_table_find_on(const MapTable *table, const char *device) {
        const MapMember *member = NULL;
        const Map *any = NULL;

        while ((member = map_table_next_on(table, device, member))) {
                if (map_is_multipath(member->map))
                        return member->map;
                any = member->map;
        }

        return any;
}
