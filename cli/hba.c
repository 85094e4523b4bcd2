/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot hba: the physical HBAs of a host.
 */

#include "cli/complain.h"
#include "cli/format.h"
#include "cli/tree.h"
#include "cli/verbs.h"
#include "cli/vhba-list.h"

enum { HOST, WWPN, STATE, SPEED, FABRIC, VHBAS, PCI, MODEL };

static const Column columns[] = {
        [HOST] = { "HOST" },   [WWPN] = { "WWPN" },     [STATE] = { "STATE" },
        [SPEED] = { "SPEED" }, [FABRIC] = { "FABRIC" }, [VHBAS] = { "VHBAS", COLUMN_RIGHT },
        [PCI] = { "PCI" },     [MODEL] = { "MODEL" },
};

static void set_model(Table *table, Row *row, const Hba *hba) {
        if (*hba->vendor != '\0' && *hba->model != '\0')
                table_setf(table, row, MODEL, TONE_PLAIN, "%s %s", hba->vendor, hba->model);
        else
                table_set(table, row, MODEL, TONE_PLAIN,
                          *hba->model != '\0' ? hba->model : hba->driver);
}

static void add_hba(Table *table, const Hba *hba) {
        Row *row = table_add_row(table, NULL);

        table_set(table, row, HOST, TONE_PLAIN, hba->host_name);
        table_set(table, row, WWPN, TONE_PLAIN, hba->port_name);
        table_set(table, row, STATE, state_tone(hba->state), hba->state);
        table_set(table, row, SPEED, TONE_PLAIN, hba->speed);
        table_set(table, row, FABRIC, TONE_PLAIN, hba->fabric_name);
        if (hba->npiv_capable)
                table_setf(table, row, VHBAS,
                           hba->vports_in_use < hba->max_vports ? TONE_PLAIN : TONE_BAD, "%u/%u",
                           hba->vports_in_use, hba->max_vports);
        table_set(table, row, PCI, TONE_PLAIN, hba->pci_address);
        set_model(table, row, hba);
}

static int print_list(const Inventory *inventory, bool legend) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (inventory->n_hbas == 0) {
                if (legend)
                        remark("There is no Fibre Channel HBA here.");
                return 0;
        }

        r = table_new(columns, ARRAY_LEN(columns), legend, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < inventory->n_hbas; i++)
                add_hba(table, inventory->hbas + i);

        return table_print(table);
}

static int print_list_json(const Inventory *inventory) {
        _cleanup_(json_freep) Json *json = json_new_object();
        Json *hbas = json_new_array();

        json_set(json, "hbas", hbas);
        for (size_t i = 0; i < inventory->n_hbas; i++)
                json_append(hbas, hba_to_json(inventory->hbas + i));

        return json_print(json);
}

int verb_hba_list(Client *client) {
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        int r;

        if (options_have(client->options, OPTION_TREE))
                return tree_print(client);

        r = client_connect(client);
        if (r == 0)
                r = inventory_load(client, &inventory);
        if (r != 0)
                return r;

        if (options_have(client->options, OPTION_JSON))
                return print_list_json(&inventory);

        return print_list(&inventory, !options_have(client->options, OPTION_NO_LEGEND));
}

static int print_facts(const Hba *hba) {
        _cleanup_(table_freep) Table *block = NULL;
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        table_add_fact(block, "WWPN", TONE_PLAIN, "%s", hba->port_name);
        table_add_fact(block, "WWNN", TONE_PLAIN, "%s", hba->node_name);
        table_add_fact(block, "Host", TONE_PLAIN, "%s", hba->host_name);
        table_add_fact(block, "State", state_tone(hba->state), "%s", hba->state);
        table_add_fact(block, "Fabric", TONE_PLAIN, "%s", hba->fabric_name);
        table_add_fact(block, "Port type", TONE_PLAIN, "%s", hba->port_type);
        table_add_fact(block, "Speed", TONE_PLAIN, "%s", hba->speed);
        table_add_fact(block, "Vendor", TONE_PLAIN, "%s", hba->vendor);
        table_add_fact(block, "Model", TONE_PLAIN, "%s", hba->model);
        table_add_fact(block, "Driver", TONE_PLAIN, "%s", hba->driver);
        table_add_fact(block, "PCI address", TONE_PLAIN, "%s", hba->pci_address);
        if (hba->npiv_capable)
                table_add_fact(block, "vHBAs", TONE_PLAIN, "%u of %u", hba->vports_in_use,
                               hba->max_vports);
        else
                table_add_fact(block, "vHBAs", TONE_BAD, "cannot carry any");

        return table_print(block);
}

static int print_one_json(const Inventory *inventory, const Hba *hba) {
        _cleanup_(json_freep) Json *json = hba_to_json(hba);
        Json *vhbas = json_new_array();

        json_set(json, "vhbas", vhbas);
        for (size_t i = 0; i < inventory->n_vhbas; i++)
                if (inventory_find_hba(inventory, inventory->vhbas[i].hba) == hba)
                        json_append(vhbas, vhba_to_json(inventory->vhbas + i, hba));

        return json_print(json);
}

int verb_hba_show(Client *client) {
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        _cleanup_free_ char *object = NULL;
        const Hba *hba;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = hba_find_object(client, client->args[0], &object);
        if (r == 0)
                r = inventory_load(client, &inventory);
        if (r != 0)
                return r;

        hba = inventory_find_hba(&inventory, object);
        if (!hba)
                return complain("The HBA %s has just gone.", client->args[0]);

        if (options_have(client->options, OPTION_JSON))
                return print_one_json(&inventory, hba);

        r = print_facts(hba);
        if (r != 0 || hba->vports_in_use == 0)
                return r;

        putchar('\n');
        return vhba_table_print(&inventory, object,
                                !options_have(client->options, OPTION_NO_LEGEND));
}
