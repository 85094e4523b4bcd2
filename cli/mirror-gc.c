/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror gc: what was created for targets that are no more, and is there still.
 */

#include "cli/complain.h"
#include "cli/json.h"
#include "cli/mirrord.h"
#include "cli/table.h"
#include "cli/verbs.h"

enum { TARGET, KIND, PATH, WHY };

static const Column columns[] = {
        [TARGET] = { "TARGET" },
        [KIND] = { "KIND" },
        [PATH] = { "PATH" },
        [WHY] = { "WHY" },
};

static int collect(Client *client, bool remove, sd_bus_message **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        client->action = MIRRORD_ACTION;
        r = sd_bus_call_method(client->bus, MIRRORD_NAME, MIRRORD_ROOT, MIRRORD_MANAGER,
                               "CollectGarbage", &error, ret, "b", (int) remove);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot %s what targets have left",
                                      remove ? "remove" : "tell");

        return 0;
}

/* Into the table, the JSON, or both; how many there are, or a negative errno. */
static int read_leftovers(sd_bus_message *reply, Table *table, Json *json) {
        const char *target, *kind, *path, *why;
        int r, n = 0;

        r = sd_bus_message_enter_container(reply, 'a', "(ssss)");
        while (r >= 0 &&
               (r = sd_bus_message_read(reply, "(ssss)", &target, &kind, &path, &why)) > 0) {
                Row *row = table_add_row(table, NULL);
                Json *object = json_new_object();

                table_set(table, row, TARGET, TONE_PLAIN, target);
                table_set(table, row, KIND, TONE_PLAIN, kind);
                table_set(table, row, PATH, TONE_PLAIN, path);
                table_set(table, row, WHY, TONE_PLAIN, why);
                json_set_string(object, "target", target);
                json_set_string(object, "kind", kind);
                json_set_string(object, "path", path);
                json_set_string(object, "why", why);
                json_append(json, object);
                n++;
        }

        return r < 0 ? r : n;
}

static int tell_rest(const Client *client, bool removes, int n) {
        char host[MIRRORD_HOST_MAX];

        (void) mirrord_host_words(client, host);
        if (n == 0) {
                if (!options_have(client->options, OPTION_NO_LEGEND))
                        remark("Nothing is left over.");
                return 0;
        }
        if (!removes) {
                suggest("npivot mirror gc --remove%s removes it.", host);
                return 0;
        }

        (void) complain("%d of them could not be removed.", n);
        suggest("end what holds them, as told in the last column, then npivot mirror gc --remove%s "
                "again.",
                host);
        return EXIT_FAILURE;
}

int verb_mirror_gc(Client *client) {
        bool removes = options_have(client->options, OPTION_REMOVE);
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_freep) Json *json = NULL;
        _cleanup_(table_freep) Table *table = NULL;
        Json *leftovers;
        int r, n;

        r = client_connect(client);
        if (r == 0)
                r = collect(client, removes, &reply);
        if (r == 0)
                r = table_new(columns, ARRAY_LEN(columns),
                              !options_have(client->options, OPTION_NO_LEGEND), &table);
        if (r != 0)
                return r;
        json = json_new_object();
        leftovers = json_new_array();
        json_set(json, "leftovers", leftovers);
        n = read_leftovers(reply, table, leftovers);
        if (n < 0)
                return n;

        if (options_have(client->options, OPTION_JSON)) {
                r = json_print(json);
                return r != 0 ? r : removes && n > 0 ? EXIT_FAILURE : 0;
        }
        if (n > 0)
                r = table_print(table);
        return r != 0 ? r : tell_rest(client, removes, n);
}
