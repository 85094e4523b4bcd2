/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun-names.h"

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/pages.h"

#include <string.h>

#define NAME_FIELDS "ssst"

static const struct {
        const char *name, *directory;
} views[] = {
        { "by-path", "/dev/disk/by-path" },
        { "by-vhba", "/dev/disk/by-vhba" },
        { "by-id", "/dev/disk/by-id" },
        { "mapper", "/dev/mapper" },
};

static const Column columns[] = {
        { "NAME", COLUMN_LEFT },
        { "WWID", COLUMN_LEFT },
        { "SIZE", COLUMN_RIGHT },
        { "DEVICE", COLUMN_LEFT },
};

typedef struct View {
        const char *source; /* "": every initiator */
        const char *directory;
        Table *table; /* one of the two */
        Json *json;
} View;

static int find_directory(const char *word, const char **ret) {
        size_t length = strlen(word);

        while (length > 1 && word[length - 1] == '/')
                length--;
        for (size_t i = 0; i < ARRAY_LEN(views); i++) {
                const char *names[] = { views[i].name, views[i].directory };

                for (size_t j = 0; j < ARRAY_LEN(names); j++)
                        if (strlen(names[j]) == length && strncmp(names[j], word, length) == 0) {
                                *ret = views[i].directory;
                                return 0;
                        }
        }

        return complain_usage(
                "--view \"%s\" is no view: by-path and by-vhba show single paths, by-id "
                "and mapper whole LUNs.",
                word);
}

static int append_question(sd_bus_message *call, const void *question) {
        const View *view = question;

        return sd_bus_message_append(call, "ss", view->source, view->directory);
}

static void add(View *view, const char *name, const char *wwid, const char *device, uint64_t size) {
        char text[FORMAT_SIZE_MAX];
        Json *json;
        Row *row;

        if (view->json) {
                json = json_new_object();
                json_set_string(json, "name", name);
                json_set_string(json, "wwid", wwid);
                json_set_string(json, "device", device);
                json_set_number(json, "size_bytes", size);
                json_append(view->json, json);
                return;
        }

        row = table_add_row(view->table, NULL);
        table_set(view->table, row, 0, TONE_PLAIN, name);
        table_set(view->table, row, 1, TONE_PLAIN, wwid);
        table_set(view->table, row, 2, TONE_PLAIN, format_size(size, text));
        table_set(view->table, row, 3, TONE_PLAIN, device);
}

static int read_page(sd_bus_message *reply, void *userdata) {
        const char *name, *wwid, *device;
        uint64_t size;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(" NAME_FIELDS ")");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(" NAME_FIELDS ")", &name, &wwid, &device, &size)) >
               0)
                add(userdata, name, wwid, device, size);
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(reply);
}

static int query(Client *client, View *view) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Pages pages = {
                .interface = LUNWATCH_MANAGER,
                .method = "ListNames",
                .append = append_question,
                .question = view,
                .read = read_page,
                .userdata = view,
        };
        int r;

        r = pages_query(client, &pages, &error);
        return r < 0 ? client_refused(client, &error, r, "Cannot list the names in %s",
                                      view->directory)
                     : 0;
}

static int print_json(Client *client, View *view) {
        _cleanup_(json_freep) Json *json = json_new_object();
        int r;

        view->json = json_new_array();
        json_set_string(json, "directory", view->directory);
        json_set(json, "names", view->json);
        r = query(client, view);

        return r != 0 ? r : json_print(json);
}

static int print_table(Client *client, View *view) {
        bool legend = !options_have(client->options, OPTION_NO_LEGEND);
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_LEN(columns), legend, &table);
        if (r < 0)
                return r;

        view->table = table;
        r = query(client, view);
        if (r != 0)
                return r;
        if (!table_is_empty(table))
                return table_print(table);

        if (legend)
                remark("There is no such name in %s.", view->directory);
        return 0;
}

/* What chooses among paths has no meaning for the names of whole LUNs. */
static int check_options(const Options *options) {
        static const Option others[] = { OPTION_INITIATOR, OPTION_TARGET,    OPTION_WWID,
                                         OPTION_VHBA,      OPTION_TRANSPORT, OPTION_QUARANTINED };

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (options_have(options, others[i]))
                        return complain_usage("--view does not go with --%s; --source=INITIATOR "
                                              "chooses whose LUNs.",
                                              option_name(others[i]));

        return 0;
}

int lun_names_print(Client *client) {
        WwnString source;
        View view = { 0 };
        int r;

        r = find_directory(client->options->value[OPTION_VIEW], &view.directory);
        if (r == 0)
                r = check_options(client->options);
        if (r == 0)
                r = argument_port_option(client, OPTION_SOURCE, source, &view.source);
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        if (!view.source)
                view.source = "";
        return options_have(client->options, OPTION_JSON) ? print_json(client, &view)
                                                          : print_table(client, &view);
}
