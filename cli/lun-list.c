/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun list: the paths to LUNs, a line each. Its --view is lun-names.c's.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/lun-facts.h"
#include "cli/lun-names.h"
#include "cli/lun-path.h"
#include "cli/verbs.h"

#include <inttypes.h>

enum { INITIATOR, TARGET, LUN, WWID, SIZE, DEVICE, HCTL, STATE, MAP };

static const Column columns[] = {
        [INITIATOR] = { "INITIATOR", COLUMN_LEFT },
        [TARGET] = { "TARGET", COLUMN_LEFT },
        [LUN] = { "LUN", COLUMN_RIGHT },
        [WWID] = { "WWID", COLUMN_LEFT },
        [SIZE] = { "SIZE", COLUMN_RIGHT },
        [DEVICE] = { "DEVICE", COLUMN_LEFT },
        [HCTL] = { "HCTL", COLUMN_LEFT },
        [STATE] = { "STATE", COLUMN_LEFT },
        [MAP] = { "MAP", COLUMN_LEFT },
};

typedef struct Picture {
        LunPathList paths;
        LunFactsList luns; /* with maps; empty where there is no map */
} Picture;

static void picture_done(Picture *picture) {
        lun_path_list_done(&picture->paths);
        lun_facts_list_done(&picture->luns);
}

static void add_path(Table *table, const Picture *picture, const LunPath *path) {
        Row *row = table_add_row(table, NULL);
        const char *state = lun_path_state(path);
        char size[FORMAT_SIZE_MAX];
        const LunFacts *lun;

        table_set(table, row, INITIATOR, TONE_PLAIN, path->initiator);
        table_set(table, row, TARGET, TONE_PLAIN, path->target);
        table_setf(table, row, LUN, TONE_PLAIN, "%" PRIu64, path->lun);
        table_set(table, row, WWID, TONE_PLAIN, path->wwid);
        table_set(table, row, SIZE, TONE_PLAIN, format_size(path->size_bytes, size));
        table_set(table, row, DEVICE, TONE_PLAIN, path->node);
        table_set(table, row, HCTL, TONE_PLAIN, path->hctl);
        table_set(table, row, STATE, state_tone(state), state);
        if (picture->luns.n_luns == 0)
                return;

        lun = lun_facts_list_find(&picture->luns, path->wwid);
        table_set(table, row, MAP, TONE_PLAIN, lun ? lun->map : NULL);
}

static void remark_quarantined(const LunPathList *list) {
        const LunPath *first = NULL;
        size_t n = 0;

        for (size_t i = 0; i < list->n_paths; i++)
                if (*list->paths[i].quarantine != '\0') {
                        first = first ? first : list->paths + i;
                        n++;
                }
        if (n == 0)
                return;

        remark("%zu %s quarantined (%s: %s%s).", n, n == 1 ? "path is" : "paths are",
               *first->node != '\0' ? first->node : first->hctl, first->quarantine,
               n == 1 ? "" : ", …");
        suggest("npivot doctor shows what they were and what they are.");
}

static int print_list(const Picture *picture, bool legend) {
        size_t n_columns = picture->luns.n_luns > 0 ? ARRAY_LEN(columns) : MAP;
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (picture->paths.n_paths == 0) {
                if (legend)
                        remark("There is no such path here.");
                return 0;
        }

        r = table_new(columns, n_columns, legend, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < picture->paths.n_paths; i++)
                add_path(table, picture, picture->paths.paths + i);

        r = table_print(table);
        if (r >= 0 && legend)
                remark_quarantined(&picture->paths);

        return r;
}

static Json *path_to_json(const Picture *picture, const LunPath *path) {
        Json *json = lun_path_to_json(path);
        const LunFacts *lun = lun_facts_list_find(&picture->luns, path->wwid);

        json_set_string(json, "map", lun ? lun->map : NULL);
        return json;
}

static int print_json(const Picture *picture) {
        _cleanup_(json_freep) Json *json = json_new_object();
        Json *array = json_new_array();

        json_set(json, "paths", array);
        for (size_t i = 0; i < picture->paths.n_paths; i++)
                json_append(array, path_to_json(picture, picture->paths.paths + i));

        return json_print(json);
}

/* Most hosts have few maps or one for each LUN: asked only where there are any. */
static void query_maps(Client *client, const LunPathFilter *filter, LunFactsList *luns) {
        uint32_t n_maps;
        int r;

        r = sd_bus_get_property_trivial(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MAPS,
                                        "MapCount", NULL, 'u', &n_maps);
        if (r < 0 || n_maps == 0)
                return;

        if (lun_facts_list_query(client, filter, luns, NULL) >= 0)
                lun_facts_list_sort(luns);
}

static int read_filter(const Client *client, LunPathFilter *filter, WwnString initiator,
                       WwnString target) {
        const Options *options = client->options;
        int r;

        *filter = (LunPathFilter){
                .wwid = options->value[OPTION_WWID],
                .transport = options->value[OPTION_TRANSPORT],
                .only_vhbas = options_have(options, OPTION_VHBA),
                .only_quarantined = options_have(options, OPTION_QUARANTINED),
        };
        r = argument_port_option(client, OPTION_INITIATOR, initiator, &filter->initiator);
        if (r == 0)
                r = argument_port_option(client, OPTION_TARGET, target, &filter->target);
        if (r == 0)
                r = argument_transport(filter->transport);

        return r;
}

int verb_lun_list(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(picture_done) Picture picture = { 0 };
        const Options *options = client->options;
        WwnString initiator, target;
        LunPathFilter filter;
        int r;

        r = read_filter(client, &filter, initiator, target);
        if (r == 0 && options_have(options, OPTION_VIEW))
                return lun_names_print(client);
        if (r == 0 && options_have(options, OPTION_SOURCE))
                return complain_usage("--source goes with --view; --initiator chooses paths.");
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        r = lun_path_list_query(client, &filter, &picture.paths, &error);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot list the paths");
        if (picture.paths.n_paths > 0)
                query_maps(client, &filter, &picture.luns);

        if (options_have(options, OPTION_JSON))
                return print_json(&picture);

        return print_list(&picture, !options_have(options, OPTION_NO_LEGEND));
}
