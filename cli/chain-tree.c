/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/chain-tree.h"

#include "cli/format.h"

#include <string.h>

int chain_tree_new(bool heads, Table **ret) {
        static const Column columns[] = {
                [CHAIN_NAME] = { "NAME", COLUMN_TREE },
                [CHAIN_STATE] = { "STATE", COLUMN_LEFT },
                [CHAIN_DETAIL] = { "DETAIL", COLUMN_LEFT },
        };

        return table_new(columns, ARRAY_LEN(columns), heads, ret);
}

Row *chain_tree_add_hba(Table *table, Row *parent, const Chain *chain, const LunPath *path) {
        const Hba *hba = inventory_find_port(&chain->inventory, path->hba);
        Row *row = table_add_row(table, parent);

        if (strcmp(path->transport, "iscsi") == 0) {
                table_setf(table, row, CHAIN_NAME, TONE_PLAIN, "interface %s", path->hba);
                return row;
        }

        table_setf(table, row, CHAIN_NAME, TONE_PLAIN, "HBA %s", path->hba);
        if (!hba)
                return row;
        table_set(table, row, CHAIN_STATE, state_tone(hba->state), hba->state);
        table_setf(table, row, CHAIN_DETAIL, TONE_PLAIN, "%s%s%s", hba->host_name,
                   *hba->speed != '\0' ? ", " : "", hba->speed);
        return row;
}

Row *chain_tree_add_initiator(Table *table, Row *parent, const Chain *chain, const LunPath *path) {
        const Vhba *vhba = inventory_find_vhba(&chain->inventory, path->initiator);
        Row *row = table_add_row(table, parent);
        bool is_named = vhba && *vhba->symbolic_name != '\0';

        table_setf(table, row, CHAIN_NAME, TONE_PLAIN, "%s %s%s%s%s",
                   path->is_vhba ? "vHBA" : "initiator", path->initiator, is_named ? " (" : "",
                   is_named ? vhba->symbolic_name : "", is_named ? ")" : "");
        if (!vhba)
                return row;
        table_set(table, row, CHAIN_STATE, vhba_tone(vhba), vhba_state(vhba));
        table_set(table, row, CHAIN_DETAIL, TONE_PLAIN, vhba->scsi_host);
        return row;
}

Row *chain_tree_add_port(Table *table, Row *parent, const LunPath *path) {
        Row *row = table_add_row(table, parent);

        table_setf(table, row, CHAIN_NAME, TONE_PLAIN, "port %s", path->target);
        table_set(table, row, CHAIN_STATE, state_tone(path->target_state), path->target_state);
        return row;
}

Row *chain_tree_add_use(Table *table, Row *parent, const Use *use) {
        Row *row = table_add_row(table, parent);

        table_setf(table, row, CHAIN_NAME, TONE_TITLE, "%s %s", use->kind, use->object);
        table_set(table, row, CHAIN_DETAIL, TONE_PLAIN,
                  *use->words != '\0' ? use->words : use->device);
        return row;
}

void chain_tree_describe_map(Table *table, Row *row, const Map *map) {
        char size[FORMAT_SIZE_MAX];

        table_setf(table, row, CHAIN_NAME, TONE_PLAIN, "%s %s", map->kind, map->name);
        table_set(table, row, CHAIN_STATE, state_tone(map_state(map)), map_state(map));
        table_setf(table, row, CHAIN_DETAIL, TONE_PLAIN, "%s, %s%s%s%s%s", map->device,
                   format_size(map->size_bytes, size), *map->wwid != '\0' ? ", " : "", map->wwid,
                   *map->quarantine != '\0' ? ", " : "", map->quarantine);
}
