/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vhba-list.h"

#include "cli/complain.h"
#include "cli/format.h"
#include "cli/tree.h"
#include "cli/verbs.h"

#include <string.h>

enum { WWPN, NAME, ROLE, STATE, VPORT, HBA, AUTOSTART, CAUSE };

static const Column columns[] = {
        [WWPN] = { "WWPN" },           [NAME] = { "NAME" },   [ROLE] = { "ROLE" },
        [STATE] = { "STATE" },         [VPORT] = { "VPORT" }, [HBA] = { "HBA" },
        [AUTOSTART] = { "AUTOSTART" }, [CAUSE] = { "CAUSE" },
};

static void add_vhba(Table *table, const Vhba *vhba, const Hba *hba) {
        Row *row = table_add_row(table, NULL);

        table_set(table, row, WWPN, TONE_PLAIN, vhba->wwpn);
        table_set(table, row, NAME, TONE_PLAIN, vhba->symbolic_name);
        table_set(table, row, ROLE, TONE_PLAIN, vhba->role);
        table_set(table, row, STATE, vhba_tone(vhba), vhba_state(vhba));
        table_set(table, row, VPORT, state_tone(vhba->kernel_state), vhba->kernel_state);
        table_set(table, row, HBA, TONE_PLAIN, hba ? hba->host_name : NULL);
        table_set(table, row, AUTOSTART, vhba->autostart ? TONE_PLAIN : TONE_FAINT,
                  vhba->autostart ? "yes" : "no");
        table_set(table, row, CAUSE, TONE_BAD, vhba->cause);
}

int vhba_table_print(const Inventory *inventory, const char *hba_object, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < inventory->n_vhbas; i++) {
                const Vhba *vhba = inventory->vhbas + i;

                if (!hba_object || strcmp(vhba->hba, hba_object) == 0)
                        add_vhba(table, vhba, inventory_find_hba(inventory, vhba->hba));
        }
        if (table_is_empty(table))
                return 0;

        return table_print(table);
}

int bad_definition_query(Client *client, int (*use)(const BadDefinition *bad, void *userdata),
                         void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        BadDefinition bad;
        int r;

        r = sd_bus_get_property(client->bus, VHBAD_NAME, VHBAD_ROOT, VHBAD_MANAGER,
                                "BadDefinitions", error, &reply, "a(sus)");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(sus)");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(reply, "(sus)", &bad.file, &bad.line, &bad.what)) > 0) {
                r = use(&bad, userdata);
                if (r < 0)
                        return r;
        }

        return r;
}

/* 0, or EXIT_FAILURE after a complaint. */
static int for_each_bad_definition(Client *client,
                                   int (*use)(const BadDefinition *bad, void *userdata),
                                   void *userdata) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = bad_definition_query(client, use, userdata, &error);
        return r < 0 ? client_refused(client, &error, r, "Cannot read BadDefinitions") : 0;
}

static int remark_bad_definition(const BadDefinition *bad, void *userdata) {
        if (bad->line > 0)
                remark("Skipped %s, line %u: %s", bad->file, bad->line, bad->what);
        else
                remark("Skipped %s: %s", bad->file, bad->what);

        return 0;
}

static int append_bad_definition(const BadDefinition *bad, void *userdata) {
        Json *array = userdata, *json = json_new_object();

        json_set_string(json, "file", bad->file);
        json_set_number(json, "line", bad->line);
        json_set_string(json, "what", bad->what);
        json_append(array, json);
        return 0;
}

static int print_json(Client *client, const Inventory *inventory) {
        _cleanup_(json_freep) Json *json = json_new_object();
        Json *vhbas = json_new_array(), *bad = json_new_array();
        int r;

        json_set(json, "vhbas", vhbas);
        json_set(json, "bad_definitions", bad);
        for (size_t i = 0; i < inventory->n_vhbas; i++) {
                const Vhba *vhba = inventory->vhbas + i;

                json_append(vhbas, vhba_to_json(vhba, inventory_find_hba(inventory, vhba->hba)));
        }
        r = for_each_bad_definition(client, append_bad_definition, bad);
        if (r != 0)
                return r;

        return json_print(json);
}

int verb_vhba_list(Client *client) {
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        bool legend = !options_have(client->options, OPTION_NO_LEGEND);
        int r;

        if (options_have(client->options, OPTION_TREE))
                return tree_print(client);

        r = client_connect(client);
        if (r == 0)
                r = inventory_load(client, &inventory);
        if (r != 0)
                return r;

        if (options_have(client->options, OPTION_JSON))
                return print_json(client, &inventory);

        r = vhba_table_print(&inventory, NULL, legend);
        if (r != 0 || !legend)
                return r;

        if (inventory.n_vhbas == 0)
                remark("There is no vHBA here; npivot vhba define makes one.");

        return for_each_bad_definition(client, remark_bad_definition, NULL);
}
