/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/vhbad-client.h"

#include "common/log.h"
#include "lunwatch/debt/vhba-message.h"

#include <string.h>

#define ASK_TIMEOUT_USEC (30 * 1000 * 1000ULL)
#define AGAIN_USEC (1000 * 1000ULL)
#define VHBA_INTERFACE "org.npivot.vhba1.Vhba"

static void forget_answer(VhbadClient *client) {
        client->answer = sd_bus_message_unref(client->answer);
        vhbas_done(&client->next);
        (void) sd_event_source_set_enabled(client->turn, SD_EVENT_OFF);
}

static void ask_again_later(VhbadClient *client) {
        int r;

        r = sd_event_source_set_time_relative(client->again, AGAIN_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(client->again, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Cannot ask vhbad again: %m");
}

/* Everything is in next. */
static void take_answer(VhbadClient *client) {
        VhbaList before = client->vhbas;

        client->vhbas = client->next;
        client->next = (VhbaList){ 0 };
        vhbas_done(&before);
        client->is_synced = true;
        forget_answer(client);
        if (client->is_stale)
                ask_again_later(client);
        client->changed(client->userdata);
}

/* 1: an object was read; 0: there is no more. */
static int read_object(VhbadClient *client) {
        sd_bus_message *m = client->answer;
        const char *path;
        Vhba *vhba;
        Wwn wwpn;
        int r;

        r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}");
        if (r <= 0)
                return r;
        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r < 0)
                return r;

        if (vhba_path_parse(path, &wwpn) < 0)
                r = sd_bus_message_skip(m, "a{sa{sv}}");
        else {
                r = vhbas_put(&client->next, wwpn, &vhba);
                if (r >= 0)
                        r = vhba_read_interfaces(m, vhba);
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

static int on_turn(sd_event_source *source, void *userdata) {
        VhbadClient *client = userdata;
        int r = 1;

        for (unsigned i = 0; r > 0 && i < VHBAD_SLICE; i++)
                r = read_object(client);
        if (r > 0)
                return 0;

        if (r == 0)
                take_answer(client);
        else {
                log_warning_errno(r, "Cannot read what vhbad says about its vHBAs: %m");
                forget_answer(client);
        }
        return 0;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        VhbadClient *client = userdata;
        const sd_bus_error *refusal = sd_bus_message_get_error(m);
        int r;

        if (refusal) {
                /* No vhbad is no failure; one that starts is noticed. */
                log_message(sd_bus_error_has_names(refusal, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                                   SD_BUS_ERROR_NAME_HAS_NO_OWNER)
                                    ? LOG_DEBUG
                                    : LOG_WARNING,
                            "Cannot ask vhbad for its vHBAs: %s", refusal->message);
                return 0;
        }

        if (sd_bus_message_get_sender(m)) {
                free(client->owner);
                client->owner = strdup(sd_bus_message_get_sender(m));
        }
        forget_answer(client);
        client->is_stale = false;
        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        if (r >= 0) {
                client->answer = sd_bus_message_ref(m);
                r = sd_event_source_set_enabled(client->turn, SD_EVENT_ON);
        }
        if (r < 0)
                log_warning_errno(r, "Cannot read what vhbad says about its vHBAs: %m");
        return 0;
}

static int send_question(VhbadClient *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &m, VHBAD_NAME, VHBAD_PATH,
                                           "org.freedesktop.DBus.ObjectManager",
                                           "GetManagedObjects");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(m, false);
        if (r < 0)
                return r;

        client->question = sd_bus_slot_unref(client->question);
        return sd_bus_call_async(client->bus, &client->question, m, on_answer, client,
                                 ASK_TIMEOUT_USEC);
}

static void ask(VhbadClient *client) {
        int r;

        r = send_question(client);
        if (r < 0)
                log_warning_errno(r, "Cannot ask vhbad for its vHBAs: %m");
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata) {
        ask(userdata);
        return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        VhbadClient *client = userdata;
        const char *name, *before, *now;
        int r;

        r = sd_bus_message_read(m, "sss", &name, &before, &now);
        if (r < 0 || strcmp(name, VHBAD_NAME) != 0)
                return 0;

        client->question = sd_bus_slot_unref(client->question);
        forget_answer(client);
        free(client->owner);
        client->owner = *now ? strdup(now) : NULL;
        if (*now)
                ask(client);
        return 0;
}

static int read_added(VhbadClient *client, sd_bus_message *m) {
        const char *path;
        Vhba *vhba;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r < 0 || vhba_path_parse(path, &wwpn) < 0)
                return r < 0 ? r : 0;
        r = vhbas_put(&client->vhbas, wwpn, &vhba);
        if (r < 0)
                return r;

        return vhba_read_interfaces(m, vhba);
}

static int read_removed(VhbadClient *client, sd_bus_message *m) {
        const char *path;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r < 0 || vhba_path_parse(path, &wwpn) < 0 || !vhbas_find(&client->vhbas, wwpn))
                return r < 0 ? r : 0;

        vhbas_drop(&client->vhbas, wwpn);
        return 1;
}

static int read_changed(VhbadClient *client, sd_bus_message *m) {
        const char *interface;
        Vhba *vhba;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read_basic(m, 's', &interface);
        if (r < 0 || strcmp(interface, VHBA_INTERFACE) != 0 ||
            vhba_path_parse(sd_bus_message_get_path(m), &wwpn) < 0)
                return r < 0 ? r : 0;
        vhba = vhbas_find(&client->vhbas, wwpn);

        return vhba ? vhba_read_properties(m, vhba) : 0;
}

/* Everybody may send us a signal; only vhbad knows. */
static bool is_from_vhbad(const VhbadClient *client, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);

        return !sender || (client->owner && strcmp(sender, client->owner) == 0);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        VhbadClient *client = userdata;
        int r = 0;

        if (!is_from_vhbad(client, m))
                return 0;

        if (sd_bus_message_is_signal(m, NULL, "InterfacesAdded") > 0)
                r = read_added(client, m);
        else if (sd_bus_message_is_signal(m, NULL, "InterfacesRemoved") > 0)
                r = read_removed(client, m);
        else if (sd_bus_message_is_signal(m, NULL, "PropertiesChanged") > 0)
                r = read_changed(client, m);
        if (r < 0)
                log_warning_errno(r, "Cannot read what vhbad says of a vHBA: %m");
        if (r > 0 && client->answer)
                client->is_stale = true;
        if (r > 0)
                client->changed(client->userdata);
        return 0;
}

static int add_sources(VhbadClient *client, sd_event *event) {
        int r;

        r = sd_event_add_defer(event, &client->turn, on_turn, client);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(client->turn, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &client->again, CLOCK_MONOTONIC, AGAIN_USEC, 0,
                                       on_again, client);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(client->again, SD_EVENT_OFF);
}

int vhbad_client_start(VhbadClient *client, sd_bus *bus, void (*changed)(void *userdata),
                       void *userdata) {
        int r;

        *client = (VhbadClient){ .bus = bus, .changed = changed, .userdata = userdata };
        r = add_sources(client, sd_bus_get_event(bus));
        if (r < 0)
                return r;

        r = sd_bus_add_match_async(bus, &client->owner_match,
                                   "type='signal',sender='org.freedesktop.DBus',"
                                   "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                   "arg0='" VHBAD_NAME "'",
                                   on_owner, NULL, client);
        if (r < 0)
                return r;
        r = sd_bus_add_match_async(bus, &client->signal_match,
                                   "type='signal',sender='" VHBAD_NAME "',"
                                   "path_namespace='" VHBAD_PATH "'",
                                   on_signal, NULL, client);
        if (r < 0)
                return r;

        return send_question(client);
}

void vhbad_client_done(VhbadClient *client) {
        client->question = sd_bus_slot_unref(client->question);
        client->owner_match = sd_bus_slot_unref(client->owner_match);
        client->signal_match = sd_bus_slot_unref(client->signal_match);
        client->answer = sd_bus_message_unref(client->answer);
        client->turn = sd_event_source_disable_unref(client->turn);
        client->again = sd_event_source_disable_unref(client->again);
        vhbas_done(&client->next);
        vhbas_done(&client->vhbas);
        free(client->owner);
        client->owner = NULL;
}
