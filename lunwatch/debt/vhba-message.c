/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/vhba-message.h"

#include <string.h>

#define PREFIX "/org/npivot/vhba1/vhba"
#define INTERFACE "org.npivot.vhba1.Vhba"

/* As many as a definition of 64 KiB can hold. */
#define EXPECTATIONS_MAX 16384U

int vhba_path_parse(const char *path, Wwn *ret) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = sd_bus_path_decode(path, PREFIX, &name);
        if (r < 0)
                return r;

        return r > 0 && wwn_parse(name, ret) >= 0 ? 0 : -ENXIO;
}

typedef struct ExpectationList {
        Expectation *items;
        size_t n_items, n_allocated;
} ExpectationList;

static void expectation_list_done(ExpectationList *list) {
        expectations_free(list->items, list->n_items);
}

/* vhbad has checked it; one that is not understood here is a newer one's, and is passed over. */
static int add_expectation(ExpectationList *list, const char *text) {
        int r;

        if (list->n_items == EXPECTATIONS_MAX)
                return 0;
        if (list->n_items == list->n_allocated) {
                size_t n = list->n_allocated ? 2 * list->n_allocated : 8;
                Expectation *items = reallocarray(list->items, n, sizeof *items);

                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->n_allocated = n;
        }

        r = expectation_parse(text, &list->items[list->n_items]);
        if (r >= 0)
                list->n_items++;
        return r == -ENOMEM ? r : 0;
}

static int read_expectations(sd_bus_message *m, Vhba *vhba) {
        _cleanup_(expectation_list_done) ExpectationList list = { 0 };
        const char *text;
        int r;

        r = sd_bus_message_enter_container(m, 'v', "as");
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read_basic(m, 's', &text)) > 0) {
                r = add_expectation(&list, text);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;

        vhba_set_expectations(vhba, list.items, list.n_items);
        list = (ExpectationList){ 0 };
        return sd_bus_message_exit_container(m);
}

static int read_is(sd_bus_message *m, const char *word, bool *ret) {
        const char *text;
        int r;

        r = sd_bus_message_read(m, "v", "s", &text);
        if (r < 0)
                return r;

        *ret = strcmp(text, word) == 0;
        return 0;
}

static int read_property(sd_bus_message *m, Vhba *vhba) {
        const char *name;
        int r;

        r = sd_bus_message_read_basic(m, 's', &name);
        if (r < 0)
                return r;

        if (strcmp(name, "Expect") == 0)
                r = read_expectations(m, vhba);
        else if (strcmp(name, "UnitState") == 0)
                r = read_is(m, "active", &vhba->has_unit);
        else if (strcmp(name, "KernelState") == 0)
                r = read_is(m, "Active", &vhba->has_vport);
        else {
                r = sd_bus_message_skip(m, "v");
                return r < 0 ? r : 0;
        }

        return r < 0 ? r : 1;
}

int vhba_read_properties(sd_bus_message *m, Vhba *vhba) {
        int matters = 0, r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_property(m, vhba);
                if (r < 0)
                        return r;
                matters |= r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : matters;
}

int vhba_read_interfaces(sd_bus_message *m, Vhba *vhba) {
        int found = 0, r;

        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                const char *interface;

                r = sd_bus_message_read_basic(m, 's', &interface);
                if (r < 0)
                        return r;
                if (strcmp(interface, INTERFACE) == 0) {
                        r = vhba_read_properties(m, vhba);
                        found = 1;
                } else
                        r = sd_bus_message_skip(m, "a{sv}");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : found;
}
