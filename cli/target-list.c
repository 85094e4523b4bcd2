/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot target list, show: the disks of this host that mirrors fill.
 */

#include "cli/complain.h"
#include "cli/format.h"
#include "cli/mirror-format.h"
#include "cli/target.h"
#include "cli/verbs.h"

enum { ID, STATE, DISKS, SIZE, ADDRESS, BY, STARTED, MESSAGE };

static const Column columns[] = {
        [ID] = { "ID" },
        [STATE] = { "STATE" },
        [DISKS] = { "DISKS", COLUMN_RIGHT },
        [SIZE] = { "SIZE", COLUMN_RIGHT },
        [ADDRESS] = { "ADDRESS" },
        [BY] = { "BY" },
        [STARTED] = { "STARTED" },
        [MESSAGE] = { "MESSAGE", COLUMN_WRAP },
};

static void add_row(const Client *client, Table *table, const Target *target) {
        Row *row = table_add_row(table, NULL);
        char text[MIRROR_TEXT_MAX];
        uint64_t size_bytes = 0;

        for (size_t i = 0; i < target->n_disks; i++)
                size_bytes += target->disks[i].size_bytes;
        table_set(table, row, ID, TONE_PLAIN, target->id);
        table_set(table, row, STATE, mirror_tone(target->state), target->state);
        table_setf(table, row, DISKS, TONE_PLAIN, "%zu", target->n_disks);
        table_set(table, row, SIZE, TONE_PLAIN, format_size(size_bytes, text));
        table_set(table, row, ADDRESS, TONE_PLAIN, target->address);
        table_set(table, row, BY, TONE_PLAIN, mirror_format_user(client, target->owner, text));
        table_set(table, row, STARTED, TONE_PLAIN, mirror_format_time(target->started_usec, text));
        table_set(table, row, MESSAGE, TONE_PLAIN, target->message);
}

static int print_list(const Client *client, const TargetList *list) {
        bool heads = !options_have(client->options, OPTION_NO_LEGEND);
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_targets == 0) {
                if (heads)
                        remark("There are no targets.");
                return 0;
        }
        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_targets; i++)
                add_row(client, table, list->targets + i);

        return table_print(table);
}

int verb_target_list(Client *client) {
        _cleanup_(target_list_done) TargetList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        Json *targets;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = target_list_load(client, &list);
        if (r != 0)
                return r;
        if (!options_have(client->options, OPTION_JSON))
                return print_list(client, &list);

        json = json_new_object();
        targets = json_new_array();
        json_set(json, "targets", targets);
        for (size_t i = 0; i < list.n_targets; i++)
                json_append(targets, target_to_json(list.targets + i));
        return json_print(json);
}

static void add_text(Table *block, const char *key, Tone tone, const char *text) {
        if (*text != '\0')
                table_add_fact(block, key, tone, "%s", text);
}

static int print_facts(const Client *client, const Target *target) {
        _cleanup_(table_freep) Table *block = NULL;
        char text[MIRROR_TEXT_MAX], user[MIRROR_TEXT_MAX];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;
        table_add_fact(block, "Target", TONE_TITLE, "%s", target->id);
        add_text(block, "State", mirror_tone(target->state), target->state);
        add_text(block, "Message", TONE_BAD, target->message);
        add_text(block, "Address", TONE_PLAIN, target->address);
        add_text(block, "Monitor", TONE_PLAIN, target->monitor);
        if (target->started_usec > 0)
                table_add_fact(block, "Started", TONE_PLAIN, "%s, by %s",
                               mirror_format_time(target->started_usec, text),
                               mirror_format_user(client, target->owner, user));
        return table_print(block);
}

enum { DISK, FORMAT, DISK_SIZE, CREATED, NODE, PATH };

static const Column disk_columns[] = {
        [DISK] = { "DISK" },       [FORMAT] = { "FORMAT" }, [DISK_SIZE] = { "SIZE", COLUMN_RIGHT },
        [CREATED] = { "CREATED" }, [NODE] = { "NODE" },     [PATH] = { "PATH" },
};

static int print_disks(const Target *target, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(disk_columns, ARRAY_LEN(disk_columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < target->n_disks; i++) {
                const TargetDisk *disk = target->disks + i;
                Row *row = table_add_row(table, NULL);
                char text[MIRROR_TEXT_MAX];

                table_set(table, row, DISK, TONE_PLAIN, disk->name);
                table_set(table, row, FORMAT, TONE_PLAIN, disk->format);
                table_set(table, row, DISK_SIZE, TONE_PLAIN, format_size(disk->size_bytes, text));
                table_set(table, row, CREATED, TONE_PLAIN, disk->is_created ? "yes" : "no");
                table_set(table, row, NODE, TONE_PLAIN, disk->node);
                table_set(table, row, PATH, TONE_PLAIN, disk->path);
        }

        return table_print(table);
}

int verb_target_show(Client *client) {
        _cleanup_(target_done) Target target = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        int r;

        r = mirrord_check_id(&mirrord_target, client->args[0]);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = target_load(client, client->args[0], &target);
        if (r != 0)
                return r;
        if (options_have(client->options, OPTION_JSON)) {
                json = target_to_json(&target);
                return json_print(json);
        }

        r = print_facts(client, &target);
        if (r != 0)
                return r;
        (void) puts("");
        return print_disks(&target, !options_have(client->options, OPTION_NO_LEGEND));
}
