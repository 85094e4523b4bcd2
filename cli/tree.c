/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/tree.h"

#include "cli/format.h"
#include "cli/lun.h"

#include <inttypes.h>

enum { NAME, STATE, PATHS, SIZE, DETAIL };

static const Column columns[] = {
        [NAME] = { "NAME", COLUMN_TREE },
        [STATE] = { "STATE" },
        [PATHS] = { "PATHS", COLUMN_RIGHT },
        [SIZE] = { "SIZE", COLUMN_RIGHT },
        [DETAIL] = { "DETAIL" },
};

typedef struct Picture {
        Inventory inventory;
        LunPathList paths;
} Picture;

static void picture_done(Picture *picture) {
        inventory_done(&picture->inventory);
        lun_path_list_done(&picture->paths);
}

static int add_luns(Table *table, Row *parent, const Picture *picture, const char *initiator) {
        _cleanup_free_ Lun *luns = NULL;
        char size[FORMAT_SIZE_MAX];
        int n;

        n = lun_group(&picture->paths, initiator, &luns);
        for (int i = 0; i < n; i++) {
                const Lun *lun = luns + i;
                bool good = lun->n_usable == lun->n_paths;
                Row *row = table_add_row(table, parent);

                table_setf(table, row, NAME, TONE_PLAIN, "LUN %" PRIu64, lun->number);
                table_set(table, row, STATE, good ? TONE_GOOD : TONE_BAD,
                          good                 ? "usable"
                          : lun->n_usable == 0 ? "unusable"
                                               : "degraded");
                table_setf(table, row, PATHS, TONE_PLAIN, "%zu/%zu", lun->n_usable, lun->n_paths);
                table_set(table, row, SIZE, TONE_PLAIN, format_size(lun->size_bytes, size));
                table_setf(table, row, DETAIL, TONE_PLAIN, "%s%s%s",
                           *lun->wwid != '\0' ? lun->wwid : "no WWID yet",
                           *lun->node != '\0' ? " " : "", lun->node);
        }

        return n;
}

static int add_vhba(Table *table, Row *parent, const Picture *picture, const Vhba *vhba) {
        bool named = *vhba->symbolic_name != '\0', failed = *vhba->cause != '\0';
        Row *row = table_add_row(table, parent);

        table_setf(table, row, NAME, TONE_PLAIN, "%s%s%s%s", vhba->wwpn, named ? " (" : "",
                   vhba->symbolic_name, named ? ")" : "");
        table_set(table, row, STATE, vhba_tone(vhba), vhba_state(vhba));
        if (failed)
                table_set(table, row, DETAIL, TONE_BAD, vhba->cause);
        else if (*vhba->peer != '\0')
                table_setf(table, row, DETAIL, TONE_PLAIN, "%s of %s", vhba->role, vhba->peer);
        else
                table_set(table, row, DETAIL, TONE_PLAIN, vhba->scsi_host);

        return vhba_has_vport(vhba) ? add_luns(table, row, picture, vhba->wwpn) : 0;
}

/* NULL: those that are on no HBA that is known. */
static int add_vhbas_on(Table *table, Row *parent, const Picture *picture, const Hba *hba) {
        int r;

        for (size_t i = 0; i < picture->inventory.n_vhbas; i++) {
                const Vhba *vhba = picture->inventory.vhbas + i;

                if (inventory_find_hba(&picture->inventory, vhba->hba) != hba)
                        continue;
                r = add_vhba(table, parent, picture, vhba);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_hba(Table *table, const Picture *picture, const Hba *hba) {
        Row *row = table_add_row(table, NULL);
        int r;

        table_setf(table, row, NAME, TONE_TITLE, "%s %s", hba->host_name, hba->port_name);
        table_set(table, row, STATE, state_tone(hba->state), hba->state);
        if (hba->npiv_capable)
                table_setf(table, row, DETAIL, TONE_PLAIN, "%u of %u vHBAs", hba->vports_in_use,
                           hba->max_vports);
        else
                table_set(table, row, DETAIL, TONE_PLAIN, "cannot carry vHBAs");

        r = add_luns(table, row, picture, hba->port_name);
        if (r < 0)
                return r;

        return add_vhbas_on(table, row, picture, hba);
}

static int print_text(const Picture *picture, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        for (size_t i = 0; r >= 0 && i < picture->inventory.n_hbas; i++)
                r = add_hba(table, picture, picture->inventory.hbas + i);
        if (r >= 0)
                r = add_vhbas_on(table, NULL, picture, NULL);
        if (r < 0)
                return r;

        return table_print(table);
}

static Json *luns_to_json(const Picture *picture, const char *initiator) {
        _cleanup_free_ Lun *luns = NULL;
        Json *array = json_new_array();
        int n;

        n = lun_group(&picture->paths, initiator, &luns);
        for (int i = 0; i < n; i++)
                json_append(array, lun_to_json(luns + i));

        return array;
}

static Json *vhbas_to_json(const Picture *picture, const Hba *hba) {
        Json *array = json_new_array();

        for (size_t i = 0; i < picture->inventory.n_vhbas; i++) {
                const Vhba *vhba = picture->inventory.vhbas + i;
                Json *json;

                if (inventory_find_hba(&picture->inventory, vhba->hba) != hba)
                        continue;
                json = vhba_to_json(vhba, hba);
                json_set(json, "luns", luns_to_json(picture, vhba->wwpn));
                json_append(array, json);
        }

        return array;
}

static int print_json(const Picture *picture) {
        _cleanup_(json_freep) Json *json = json_new_object();
        Json *hbas = json_new_array();

        json_set(json, "hbas", hbas);
        for (size_t i = 0; i < picture->inventory.n_hbas; i++) {
                const Hba *hba = picture->inventory.hbas + i;
                Json *child = hba_to_json(hba);

                json_set(child, "luns", luns_to_json(picture, hba->port_name));
                json_set(child, "vhbas", vhbas_to_json(picture, hba));
                json_append(hbas, child);
        }
        json_set(json, "vhbas_without_hba", vhbas_to_json(picture, NULL));

        return json_print(json);
}

int tree_print(Client *client) {
        _cleanup_(picture_done) Picture picture = { 0 };
        int r;

        r = client_connect(client);
        if (r == 0)
                r = inventory_load(client, &picture.inventory);
        if (r != 0)
                return r;

        (void) lun_path_list_query_or_remark(client, &(LunPathFilter){ 0 }, &picture.paths);

        if (options_have(client->options, OPTION_JSON))
                return print_json(&picture);

        return print_text(&picture, !options_have(client->options, OPTION_NO_LEGEND));
}
