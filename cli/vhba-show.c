/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot vhba show: all that is known of one vHBA, and the LUNs behind it.
 */

#include "cli/argument.h"
#include "cli/format.h"
#include "cli/lun.h"
#include "cli/verbs.h"

#include <inttypes.h>
#include <string.h>

static void add_identity(Table *block, const Vhba *vhba) {
        table_add_fact(block, "WWPN", TONE_PLAIN, "%s", vhba->wwpn);
        table_add_fact(block, "WWNN", TONE_PLAIN, "%s", vhba->wwnn);
        table_add_fact(block, "Symbolic name", TONE_PLAIN, "%s", vhba->symbolic_name);
}

static void add_state(Table *block, const Vhba *vhba) {
        if (!vhba->defined)
                table_add_fact(block, "State", vhba_tone(vhba),
                               "transient (made by others; npivot vhba adopt %s)", vhba->wwpn);
        else if (strcmp(vhba->unit_state, vhba->unit_sub_state) == 0)
                table_add_fact(block, "State", vhba_tone(vhba), "%s", vhba->unit_state);
        else
                table_add_fact(block, "State", vhba_tone(vhba), "%s (%s)", vhba->unit_state,
                               vhba->unit_sub_state);

        if (*vhba->cause != '\0')
                table_add_fact(block, "Cause", TONE_BAD, "%s", vhba->cause);
        if (*vhba->message != '\0')
                table_add_fact(block, "Message", TONE_PLAIN, "%s", vhba->message);

        if (vhba_has_vport(vhba))
                table_add_fact(block, "Vport", state_tone(vhba->kernel_state), "%s%s%s%s",
                               vhba->kernel_state, *vhba->kernel_last_state != '\0' ? " (was " : "",
                               vhba->kernel_last_state,
                               *vhba->kernel_last_state != '\0' ? ")" : "");
        else
                table_add_fact(block, "Vport", TONE_FAINT, "none");
}

static void add_place(Table *block, const Vhba *vhba, const Hba *hba) {
        if (hba) {
                table_add_fact(block, "HBA", TONE_PLAIN, "%s (%s, %s)", hba->port_name,
                               hba->host_name, hba->state);
                table_add_fact(block, "Fabric", TONE_PLAIN, "%s", hba->fabric_name);
        }
        if (*vhba->scsi_host != '\0')
                table_add_fact(block, "SCSI host", TONE_PLAIN, "%s", vhba->scsi_host);
}

static void add_definition(Table *block, const Vhba *vhba) {
        table_add_fact(block, "Definition", TONE_PLAIN, "%s", vhba->definition_file);
        table_add_fact(block, "Unit", TONE_PLAIN, "%s; %s", vhba->unit,
                       vhba->autostart ? "enabled" : "disabled");
        table_add_fact(block, "Parent", TONE_PLAIN, "%s", vhba->parent);
        if (*vhba->peer != '\0')
                table_add_fact(block, "Pair",
                               strcmp(vhba->pair_state, "agreed") == 0 ? TONE_PLAIN : TONE_BAD,
                               "%s of %s; %s", vhba->role, vhba->peer, vhba->pair_state);
        for (char **expect = vhba->expect; expect && *expect; expect++)
                table_add_fact(block, "Expects LUN", TONE_PLAIN, "%s", *expect);
        table_add_fact(block, "Timeout", TONE_PLAIN, "%" PRIu64 " s", vhba->timeout_usec / 1000000);
}

static int print_facts(const Vhba *vhba, const Hba *hba) {
        _cleanup_(table_freep) Table *block = NULL;
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        add_identity(block, vhba);
        add_state(block, vhba);
        add_place(block, vhba, hba);
        if (vhba->defined)
                add_definition(block, vhba);

        return table_print(block);
}

static int print_luns(const LunPathList *paths, const char *wwpn, bool heads) {
        static const Column columns[] = {
                { "LUN", COLUMN_RIGHT },   { "WWID" },   { "SIZE", COLUMN_RIGHT },
                { "PATHS", COLUMN_RIGHT }, { "DEVICE" },
        };
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_free_ Lun *luns = NULL;
        char size[FORMAT_SIZE_MAX];
        int n, r;

        n = lun_group(paths, wwpn, &luns);
        if (n <= 0)
                return n;

        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;

        for (int i = 0; i < n; i++) {
                const Lun *lun = luns + i;
                Row *row = table_add_row(table, NULL);

                table_setf(table, row, 0, TONE_PLAIN, "%" PRIu64, lun->number);
                table_set(table, row, 1, TONE_PLAIN, lun->wwid);
                table_set(table, row, 2, TONE_PLAIN, format_size(lun->size_bytes, size));
                table_setf(table, row, 3, lun->n_usable == lun->n_paths ? TONE_GOOD : TONE_BAD,
                           "%zu/%zu", lun->n_usable, lun->n_paths);
                table_set(table, row, 4, TONE_PLAIN, lun->node);
        }

        putchar('\n');
        return table_print(table);
}

static int print_json(const Vhba *vhba, const Hba *hba, const LunPathList *paths) {
        _cleanup_(json_freep) Json *json = vhba_to_json(vhba, hba);
        _cleanup_free_ Lun *luns = NULL;
        Json *array = json_new_array();
        int n;

        json_set(json, "luns", array);
        n = lun_group(paths, vhba->wwpn, &luns);
        for (int i = 0; i < n; i++)
                json_append(array, lun_to_json(luns + i));

        return n < 0 ? n : json_print(json);
}

static int show(Client *client, const Vhba *vhba, const Hba *hba) {
        _cleanup_(lun_path_list_done) LunPathList paths = { 0 };
        LunPathFilter filter = { .initiator = vhba->wwpn };
        int r;

        if (vhba_has_vport(vhba))
                (void) lun_path_list_query_or_remark(client, &filter, &paths);

        if (options_have(client->options, OPTION_JSON))
                return print_json(vhba, hba, &paths);

        r = print_facts(vhba, hba);
        if (r < 0)
                return r;

        return print_luns(&paths, vhba->wwpn, !options_have(client->options, OPTION_NO_LEGEND));
}

int verb_vhba_show(Client *client) {
        _cleanup_(vhba_done) Vhba vhba = { 0 };
        _cleanup_(hba_done) Hba hba = { 0 };
        WwnString wwpn;
        bool has_hba;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = vhba_load(client, wwpn, &vhba);
        if (r != 0)
                return r;

        has_hba = vhba.hba[0] == '/' && vhba.hba[1] != '\0';
        if (has_hba)
                r = hba_load_object(client, vhba.hba, &hba);
        if (r != 0)
                return r;

        return show(client, &vhba, has_hba ? &hba : NULL);
}
