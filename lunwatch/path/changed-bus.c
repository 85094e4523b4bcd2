/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/changed-bus.h"

#include "lunwatch/manager-bus.h"
#include "lunwatch/path/path-bus.h"

typedef struct Sender {
        sd_bus *bus;
        sd_bus_message *signal; /* begun, or NULL */
        size_t n_changes;       /* in it */
        uint64_t *generation;
        int result; /* of this signal, then of all */
        int first_failure;
} Sender;

static int begin(Sender *sender) {
        int r;

        sender->n_changes = 0;
        ++*sender->generation;

        r = sd_bus_message_new_signal(sender->bus, &sender->signal, MANAGER_PATH, MANAGER_INTERFACE,
                                      "Changed");
        if (r < 0)
                return r;
        r = sd_bus_message_append(sender->signal, "t", *sender->generation);
        if (r < 0)
                return r;

        return sd_bus_message_open_container(sender->signal, 'a', "(ss" PATH_BUS_TYPE ")");
}

static int append(sd_bus_message *signal, ChangeKind kind, const char *cause, const Path *path) {
        int r;

        r = sd_bus_message_open_container(signal, 'r', "ss" PATH_BUS_TYPE);
        if (r < 0)
                return r;
        r = sd_bus_message_append(signal, "ss", change_kind_text(kind), cause);
        if (r < 0)
                return r;
        r = path_bus_append(signal, path);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(signal);
}

static void end(Sender *sender) {
        int r = sender->result;

        if (r >= 0)
                r = sd_bus_message_close_container(sender->signal);
        if (r >= 0)
                r = sd_bus_send(sender->bus, sender->signal, NULL);
        if (r < 0 && sender->first_failure >= 0)
                sender->first_failure = r;

        sender->signal = sd_bus_message_unref(sender->signal);
        sender->n_changes = 0;
}

static void on_change(ChangeKind kind, const char *cause, const Path *path, void *userdata) {
        Sender *sender = userdata;

        if (sender->n_changes == CHANGED_MAX)
                end(sender);
        if (sender->n_changes == 0)
                sender->result = begin(sender);
        if (sender->result >= 0)
                sender->result = append(sender->signal, kind, cause, path);
        sender->n_changes++;
}

int changed_bus_send(ChangeSet *changes, const Index *index, sd_bus *bus, uint64_t *generation) {
        Sender sender = { .bus = bus, .generation = generation };

        changes_flush(changes, index, on_change, &sender);
        if (sender.n_changes > 0)
                end(&sender);

        return sender.first_failure;
}
