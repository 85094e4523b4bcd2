/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/use.h"

#include "cli/string-list.h"

#include <string.h>

void use_list_done(UseList *list) {
        for (size_t i = 0; i < list->n_messages; i++)
                (void) sd_bus_message_unref(list->messages[i]);
        free(list->messages);
        free(list->uses);
        *list = (UseList){ 0 };
}

static int read_next(sd_bus_message *message, UseList *list) {
        Use *uses, *use;
        int r;

        uses = grow(list->uses, list->n_uses, sizeof *uses);
        if (!uses)
                return -ENOMEM;
        list->uses = uses;

        use = uses + list->n_uses;
        r = sd_bus_message_read(message, "(" USE_FIELDS ")", &use->kind, &use->object, &use->device,
                                &use->words);
        if (r > 0)
                list->n_uses++;

        return r;
}

int use_list_read(sd_bus_message *message, UseList *list) {
        int r;

        r = messages_keep(&list->messages, &list->n_messages, message);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "(" USE_FIELDS ")");
        if (r < 0)
                return r;

        while ((r = read_next(message, list)) > 0)
                ;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

bool use_list_has(const UseList *list, size_t n, const Use *use) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(list->uses[i].kind, use->kind) == 0 &&
                    strcmp(list->uses[i].object, use->object) == 0 &&
                    strcmp(list->uses[i].device, use->device) == 0)
                        return true;

        return false;
}

bool use_is_end(const Use *use) {
        static const char *const links[] = { "lvm", "md", "map", "loop", "partition", "holder" };

        for (size_t i = 0; i < ARRAY_LEN(links); i++)
                if (strcmp(use->kind, links[i]) == 0)
                        return false;

        return true;
}

int use_list_print(const UseList *list, bool heads) {
        static const Column columns[] = {
                { "USE", COLUMN_LEFT },
                { "OBJECT", COLUMN_LEFT },
                { "DEVICE", COLUMN_LEFT },
                { "DETAIL", COLUMN_LEFT },
        };
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_uses == 0)
                return 0;
        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < list->n_uses; i++) {
                const Use *use = list->uses + i;
                Row *row = table_add_row(table, NULL);

                table_set(table, row, 0, TONE_PLAIN, use->kind);
                table_set(table, row, 1, TONE_PLAIN, use->object);
                table_set(table, row, 2, TONE_PLAIN, use->device);
                table_set(table, row, 3, TONE_PLAIN, use->words);
        }

        return table_print(table);
}

Json *use_list_to_json(const UseList *list) {
        Json *array = json_new_array();

        for (size_t i = 0; i < list->n_uses; i++) {
                Json *json = json_new_object();

                json_set_string(json, "kind", list->uses[i].kind);
                json_set_string(json, "object", list->uses[i].object);
                json_set_string(json, "device", list->uses[i].device);
                json_set_string(json, "words", list->uses[i].words);
                json_append(array, json);
        }

        return array;
}
