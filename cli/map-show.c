/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot map list, show: multipath maps and other block devices that are made of block devices.
 */

#include "cli/chain-tree.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/map.h"
#include "cli/verbs.h"

#include <string.h>

enum { NAME, KIND, WWID, SIZE, DEVICE, STATE, MEMBERS, HOLDERS };

static const Column columns[] = {
        [NAME] = { "NAME", COLUMN_LEFT },       [KIND] = { "KIND", COLUMN_LEFT },
        [WWID] = { "WWID", COLUMN_LEFT },       [SIZE] = { "SIZE", COLUMN_RIGHT },
        [DEVICE] = { "DEVICE", COLUMN_LEFT },   [STATE] = { "STATE", COLUMN_LEFT },
        [MEMBERS] = { "USABLE", COLUMN_RIGHT }, [HOLDERS] = { "HOLDERS", COLUMN_LEFT },
};

/* "dm-4 dm-5", to be freed. */
static char *join(const char **list) {
        char *text = NULL;
        size_t size;
        FILE *file;

        file = open_memstream(&text, &size);
        if (!file)
                return NULL;
        for (const char **s = list; s && *s; s++)
                fprintf(file, "%s%s", s == list ? "" : " ", *s);

        return fclose(file) == 0 ? text : NULL;
}

static void add_map(Table *table, const Map *map) {
        _cleanup_free_ char *holders = join(map->holders);
        Row *row = table_add_row(table, NULL);
        size_t n_usable = map_count_usable(map);
        char size[FORMAT_SIZE_MAX];

        table_set(table, row, NAME, TONE_PLAIN, map->name);
        table_set(table, row, KIND, TONE_PLAIN, map->kind);
        table_set(table, row, WWID, TONE_PLAIN, map->wwid);
        table_set(table, row, SIZE, TONE_PLAIN, format_size(map->size_bytes, size));
        table_set(table, row, DEVICE, TONE_PLAIN, map->device);
        table_set(table, row, STATE, state_tone(map_state(map)), map_state(map));
        table_setf(table, row, MEMBERS, n_usable == map->n_members ? TONE_GOOD : TONE_BAD,
                   "%zu/%zu", n_usable, map->n_members);
        table_set(table, row, HOLDERS, TONE_PLAIN, holders);
}

static int print_list(const MapList *list, bool legend) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_maps == 0) {
                if (legend)
                        remark("There is no such map here.");
                return 0;
        }

        r = table_new(columns, ARRAY_LEN(columns), legend, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_maps; i++)
                add_map(table, list->maps + i);

        return table_print(table);
}

int verb_map_list(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(map_list_done) MapList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        const MapFilter filter = {
                .kind = client->options->value[OPTION_KIND],
                .wwid = client->options->value[OPTION_WWID],
        };
        int r;

        r = client_connect(client);
        if (r != 0)
                return r;
        r = map_list_query(client, &filter, &list, &error);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot list the maps");

        if (!options_have(client->options, OPTION_JSON))
                return print_list(&list, !options_have(client->options, OPTION_NO_LEGEND));

        json = json_new_object();
        json_set(json, "maps", map_list_to_json(&list));
        return json_print(json);
}

/* By a name of its own, or as what is on top of a path. */
static int get_map(Client *client, const char *name, Map *map, sd_bus_message **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_error over_error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MAPS, "GetMap",
                               &error, ret, "s", name);
        if (r < 0 && sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MAPS,
                                        "MapOf", &over_error, ret, "s", name) >= 0)
                r = 0;
        sd_bus_error_free(&over_error);
        if (r >= 0)
                r = map_read(*ret, map);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot find the map %s", name);

        return 0;
}

static int print_facts(const Map *map) {
        _cleanup_(table_freep) Table *block = NULL;
        char size[FORMAT_SIZE_MAX];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        table_add_fact(block, "Map", TONE_PLAIN, "%s", map->name);
        table_add_fact(block, "Kind", TONE_PLAIN, "%s", map->kind);
        table_add_fact(block, "State", state_tone(map_state(map)), "%s", map_state(map));
        if (*map->quarantine != '\0') {
                table_add_fact(block, "Quarantined", TONE_BAD,
                               "%s; npivot doctor shows what it was", map->quarantine);
                table_add_fact(block, "Next", TONE_BAD, "npivot lun release %s", map->name);
        }
        table_add_fact(block, "WWID", TONE_PLAIN, "%s", map->wwid);
        table_add_fact(block, "UUID", TONE_PLAIN, "%s", map->uuid);
        table_add_fact(block, "Size", TONE_PLAIN, "%s", format_size(map->size_bytes, size));
        table_add_fact(block, "Device", TONE_PLAIN, "%s", map->device);
        for (const char **link = map->links; link && *link; link++)
                table_add_fact(block, "Link", TONE_PLAIN, "%s", *link);
        for (const char **holder = map->holders; holder && *holder; holder++)
                table_add_fact(block, "Holder", TONE_PLAIN, "%s", *holder);

        return table_print(block);
}

/* Only what it is made of: the trace of a LUN may have other maps on top. */
static int print_text(Client *client, const Map *map) {
        bool heads = !options_have(client->options, OPTION_NO_LEGEND);
        _cleanup_(chain_done) Chain chain = { 0 };
        int r;

        r = print_facts(map);
        if (r < 0)
                return r;
        if (chain_query(client, map->device, &chain, NULL) < 0)
                return 0;

        putchar('\n');
        r = chain_tree_print_paths(&chain, heads);
        if (r >= 0 && chain.uses.n_uses > 0) {
                putchar('\n');
                r = use_list_print(&chain.uses, heads);
        }

        return r;
}

int verb_map_show(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_freep) Json *json = NULL;
        _cleanup_(map_done) Map map = { 0 };
        int r;

        r = client_connect(client);
        if (r == 0)
                r = get_map(client, client->args[0], &map, &reply);
        if (r != 0)
                return r;
        if (!options_have(client->options, OPTION_JSON))
                return print_text(client, &map);

        json = map_to_json(&map);
        return json_print(json);
}
