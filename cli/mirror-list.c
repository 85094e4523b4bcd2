/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror list: the mirrors of this host's disks, a line each.
 */

#include "cli/complain.h"
#include "cli/format.h"
#include "cli/mirror-format.h"
#include "cli/mirror-show.h"
#include "cli/verbs.h"

enum { ID, STATE, PERCENT, OF, RATE, DIRTY, ETA, LIMIT, CONVERGENCE, BY, MONITOR, MESSAGE };

static const Column columns[] = {
        [ID] = { "ID", COLUMN_RIGHT },     [STATE] = { "STATE" },
        [PERCENT] = { "%", COLUMN_RIGHT }, [OF] = { "OF", COLUMN_RIGHT },
        [RATE] = { "RATE", COLUMN_RIGHT }, [DIRTY] = { "DIRTY", COLUMN_RIGHT },
        [ETA] = { "LEFT", COLUMN_RIGHT },  [LIMIT] = { "LIMIT", COLUMN_RIGHT },
        [CONVERGENCE] = { "CONVERGENCE" }, [BY] = { "BY" },
        [MONITOR] = { "MONITOR" },         [MESSAGE] = { "MESSAGE", COLUMN_WRAP },
};

static void set_rate(Table *table, Row *row, size_t column, uint64_t rate) {
        char size[FORMAT_SIZE_MAX];

        if (rate > 0)
                table_setf(table, row, column, TONE_PLAIN, "%s/s", format_size(rate, size));
}

static void add_row(const Client *client, Table *table, const Mirror *mirror) {
        Row *row = table_add_row(table, NULL);
        char text[MIRROR_TEXT_MAX];

        table_set(table, row, ID, TONE_PLAIN, mirror->id);
        table_set(table, row, STATE, mirror_tone(mirror->state), mirror_format_state(mirror, text));
        table_setf(table, row, PERCENT, TONE_PLAIN, "%u",
                   mirror_percent(mirror->n_done, mirror->n_total));
        table_set(table, row, OF, TONE_PLAIN, format_size(mirror->n_total, text));
        set_rate(table, row, RATE, mirror->rate);
        set_rate(table, row, DIRTY, mirror->dirty_rate);
        if (!mirror_has_ended(mirror))
                table_set(table, row, ETA, TONE_PLAIN, mirror_format_eta(mirror->eta_usec, text));
        set_rate(table, row, LIMIT, mirror->speed);
        table_set(table, row, CONVERGENCE, mirror_will_not_converge(mirror) ? TONE_BAD : TONE_PLAIN,
                  mirror_convergence(mirror));
        table_set(table, row, BY, TONE_PLAIN, mirror_format_user(client, mirror->owner, text));
        table_set(table, row, MONITOR, TONE_PLAIN, mirror->monitor);
        table_set(table, row, MESSAGE, TONE_PLAIN, mirror->message);
}

static int print_list(const Client *client, const MirrorList *list) {
        bool heads = !options_have(client->options, OPTION_NO_LEGEND);
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_mirrors == 0) {
                if (heads)
                        remark("There are no mirrors.");
                return 0;
        }
        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_mirrors; i++)
                add_row(client, table, list->mirrors + i);
        r = table_print(table);
        for (size_t i = 0; heads && i < list->n_mirrors; i++)
                mirror_warn(client, list->mirrors + i);

        return r;
}

int verb_mirror_list(Client *client) {
        _cleanup_(mirror_list_done) MirrorList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        Json *mirrors;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = mirror_list_load(client, &list);
        if (r != 0)
                return r;
        if (!options_have(client->options, OPTION_JSON))
                return print_list(client, &list);

        json = json_new_object();
        mirrors = json_new_array();
        json_set(json, "mirrors", mirrors);
        for (size_t i = 0; i < list.n_mirrors; i++)
                json_append(mirrors, mirror_to_json(list.mirrors + i));
        return json_print(json);
}
