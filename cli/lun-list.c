/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun list, show, lookup: questions to lunwatch about what is there now.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/lun-path.h"
#include "cli/verbs.h"

#include <inttypes.h>

enum { INITIATOR, TARGET, LUN, WWID, SIZE, DEVICE, HCTL, STATE };

static const Column columns[] = {
        [INITIATOR] = { "INITIATOR" },
        [TARGET] = { "TARGET" },
        [LUN] = { "LUN", COLUMN_RIGHT },
        [WWID] = { "WWID" },
        [SIZE] = { "SIZE", COLUMN_RIGHT },
        [DEVICE] = { "DEVICE" },
        [HCTL] = { "HCTL" },
        [STATE] = { "STATE" },
};

/* A path is as good as the worse of its two ends. */
static const char *path_state(const LunPath *path) {
        return state_tone(path->target_state) == TONE_GOOD ? path->state : path->target_state;
}

static void add_path(Table *table, const LunPath *path) {
        Row *row = table_add_row(table, NULL);
        char size[FORMAT_SIZE_MAX];

        table_set(table, row, INITIATOR, TONE_PLAIN, path->initiator);
        table_set(table, row, TARGET, TONE_PLAIN, path->target);
        table_setf(table, row, LUN, TONE_PLAIN, "%" PRIu64, path->lun);
        table_set(table, row, WWID, TONE_PLAIN, path->wwid);
        table_set(table, row, SIZE, TONE_PLAIN, format_size(path->size_bytes, size));
        table_set(table, row, DEVICE, TONE_PLAIN, path->node);
        table_set(table, row, HCTL, TONE_PLAIN, path->hctl);
        table_set(table, row, STATE, state_tone(path_state(path)), path_state(path));
}

static int print_list(const LunPathList *list, bool legend) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_paths == 0) {
                if (legend)
                        remark("There is no such path here.");
                return 0;
        }

        r = table_new(columns, ARRAY_LEN(columns), legend, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_paths; i++)
                add_path(table, list->paths + i);

        return table_print(table);
}

static Json *list_to_json(const LunPathList *list) {
        Json *array = json_new_array();

        for (size_t i = 0; i < list->n_paths; i++)
                json_append(array, lun_path_to_json(list->paths + i));

        return array;
}

static int print_list_json(const LunPathList *list) {
        _cleanup_(json_freep) Json *json = json_new_object();

        json_set(json, "paths", list_to_json(list));
        return json_print(json);
}

int verb_lun_list(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        const Options *options = client->options;
        LunPathFilter filter = {
                .wwid = options->value[OPTION_WWID],
                .only_vhbas = options_have(options, OPTION_VHBA),
        };
        WwnString initiator, target;
        int r;

        r = argument_wwn_option(client, OPTION_INITIATOR, initiator, &filter.initiator);
        if (r == 0)
                r = argument_wwn_option(client, OPTION_TARGET, target, &filter.target);
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        r = lun_path_list_query(client, &filter, &list, &error);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot list the paths");

        if (options_have(options, OPTION_JSON))
                return print_list_json(&list);

        return print_list(&list, !options_have(options, OPTION_NO_LEGEND));
}

static int print_path(const LunPath *path) {
        _cleanup_(table_freep) Table *block = NULL;
        char size[FORMAT_SIZE_MAX];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        table_add_fact(block, "LUN", TONE_PLAIN, "%" PRIu64, path->lun);
        table_add_fact(block, "WWID", TONE_PLAIN, "%s", path->wwid);
        table_add_fact(block, "Size", TONE_PLAIN, "%s", format_size(path->size_bytes, size));
        table_add_fact(block, "Initiator", TONE_PLAIN, "%s (%s)", path->initiator,
                       path->is_vhba ? "a vHBA" : "a physical HBA");
        table_add_fact(block, "Initiator's WWNN", TONE_PLAIN, "%s", path->initiator_node);
        table_add_fact(block, "Target", state_tone(path->target_state), "%s (%s)", path->target,
                       path->target_state);
        table_add_fact(block, "SCSI device", state_tone(path->state), "%s (%s)", path->hctl,
                       path->state);
        table_add_fact(block, "Device", TONE_PLAIN, "%s", path->node);
        for (const char **link = path->links; link && *link; link++)
                table_add_fact(block, "Link", TONE_PLAIN, "%s", *link);

        return table_print(block);
}

int verb_lun_show(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(lun_path_done) LunPath path = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        int r;

        r = client_connect(client);
        if (r != 0)
                return r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                               "GetPath", &error, &reply, "s", client->args[0]);
        if (r >= 0)
                r = lun_path_read(reply, &path);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot find %s", client->args[0]);

        if (!options_have(client->options, OPTION_JSON))
                return print_path(&path);

        json = lun_path_to_json(&path);
        return json_print(json);
}

static int print_lookup_json(sd_bus_message *reply, const char *link, const char *wwid) {
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        _cleanup_(json_freep) Json *json = json_new_object();
        int r;

        r = lun_path_list_read(reply, &list);
        if (r < 0)
                return r;

        json_set_string(json, "link", link);
        json_set_string(json, "wwid", wwid);
        json_set(json, "paths", list_to_json(&list));
        return json_print(json);
}

int verb_lun_lookup(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *lun = client->n_args > 1 ? client->args[1] : "", *wwnn, *link, *wwid;
        WwnString initiator, wwnn_buf;
        int r;

        r = argument_wwn(client->args[0], "The initiator", initiator);
        if (r == 0)
                r = argument_wwn_option(client, OPTION_WWNN, wwnn_buf, &wwnn);
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                               "Lookup", &error, &reply, "sss", initiator, wwnn ? wwnn : "", lun);
        if (r >= 0)
                r = sd_bus_message_read(reply, "ss", &link, &wwid);
        if (r < 0 && *lun == '\0')
                return client_refused(client, &error, r, "Cannot look up the LUN behind %s",
                                      initiator);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot look up LUN %s behind %s", lun,
                                      initiator);

        if (options_have(client->options, OPTION_JSON))
                return print_lookup_json(reply, link, wwid);
        if (*link == '\0')
                return complain("The LUN %s behind %s has no link yet.", lun, initiator);

        puts(link);
        return 0;
}
