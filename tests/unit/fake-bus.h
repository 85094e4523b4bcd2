/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The far end of a connection to a bus, played by the test: the driver with its names and users,
 * polkit, and clients of any uid. The program under test connects to it as to the system bus, and
 * runs in a thread or a process of its own, since it may ask the driver synchronously.
 *
 * The uid of a client is the number after the last dot of its name: ":1.1000" and ":2.1000" are two
 * connections of user 1000.
 */

#include "tests/unit/bus-peer.h"

#include <inttypes.h>
#include <string.h>

#define FAKE_BUS_DRIVER "org.freedesktop.DBus"
#define FAKE_BUS_CLIENT ":1.42" /* the program under test */
#define FAKE_BUS_DRIVER_PATH "/org/freedesktop/DBus"

typedef enum FakePolicy {
        POLICY_YES,
        POLICY_NO,
        POLICY_CHALLENGE,
        POLICY_ABSENT,
        POLICY_SILENT, /* no answer until fake_bus_answer() */
} FakePolicy;

typedef struct FakeBus {
        sd_event *event;
        sd_bus *bus;
        FakePolicy policy;
        bool greeted; /* before it has said Hello, a client must not be called */

        /* What it has been asked, last. */
        unsigned questions;
        bool asked;
        char subject[32];
        char action[64];
        char details[128]; /* key=value; … */
        uint32_t flags;
        char id[64];
        sd_bus_message *held;

        bool cancelled;
        char cancelled_id[64];

        bool name_taken; /* somebody else has whatever name is requested */
        bool named;
        char name[64];
} FakeBus;

static inline int fake_hello(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeBus *fake = userdata;

        fake->greeted = true;
        return sd_bus_reply_method_return(call, "s", FAKE_BUS_CLIENT);
}

static inline int fake_ignore(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(call, NULL);
}

static inline int fake_request_name(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeBus *fake = userdata;
        const char *name;

        assert(sd_bus_message_read(call, "su", &name, NULL) > 0);
        (void) snprintf(fake->name, sizeof fake->name, "%s", name);
        fake->named = true;

        /* DBUS_REQUEST_NAME_REPLY_EXISTS or …_PRIMARY_OWNER */
        return sd_bus_reply_method_return(call, "u", fake->name_taken ? 3 : 1);
}

static inline int fake_get_unix_user(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *name, *dot;

        assert(sd_bus_message_read(call, "s", &name) > 0);
        dot = strrchr(name, '.');
        assert(dot);

        return sd_bus_reply_method_return(call, "u", (uint32_t) strtoul(dot + 1, NULL, 10));
}

static inline const sd_bus_vtable *fake_driver_vtable(void) {
        static const sd_bus_vtable vtable[] = {
                SD_BUS_VTABLE_START(0),
                SD_BUS_METHOD("Hello", NULL, "s", fake_hello, SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_METHOD("AddMatch", "s", NULL, fake_ignore, SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_METHOD("RemoveMatch", "s", NULL, fake_ignore, SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_METHOD("RequestName", "su", "u", fake_request_name,
                              SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_METHOD("GetConnectionUnixUser", "s", "u", fake_get_unix_user,
                              SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_VTABLE_END,
        };

        return vtable;
}

static inline void fake_read_details(FakeBus *fake, sd_bus_message *call) {
        const char *key, *value;

        fake->details[0] = '\0';
        assert(sd_bus_message_enter_container(call, 'a', "{ss}") > 0);
        while (sd_bus_message_read(call, "{ss}", &key, &value) > 0) {
                size_t used = strlen(fake->details);

                (void) snprintf(fake->details + used, sizeof fake->details - used, "%s=%s;", key,
                                value);
        }
        assert(sd_bus_message_exit_container(call) > 0);
}

static inline int fake_answer(const FakeBus *fake, sd_bus_message *question) {
        switch (fake->policy) {
        case POLICY_YES:
                return sd_bus_reply_method_return(question, "(bba{ss})", true, false, 0);
        case POLICY_NO:
                return sd_bus_reply_method_return(question, "(bba{ss})", false, false, 0);
        case POLICY_CHALLENGE:
                return sd_bus_reply_method_return(question, "(bba{ss})", false, true, 0);
        default:
                return sd_bus_reply_method_errorf(question, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                                  "The name is not activatable");
        }
}

static inline int fake_check_authorization(sd_bus_message *call, void *userdata,
                                           sd_bus_error *error) {
        FakeBus *fake = userdata;
        const char *kind, *key, *subject, *action, *id;

        assert(sd_bus_message_read(call, "(sa{sv})s", &kind, 1, &key, "s", &subject, &action) > 0);
        assert(strcmp(kind, "system-bus-name") == 0 && strcmp(key, "name") == 0);
        fake_read_details(fake, call);
        assert(sd_bus_message_read(call, "us", &fake->flags, &id) > 0);

        (void) snprintf(fake->subject, sizeof fake->subject, "%s", subject);
        (void) snprintf(fake->action, sizeof fake->action, "%s", action);
        (void) snprintf(fake->id, sizeof fake->id, "%s", id);
        fake->questions++;
        fake->asked = true;

        if (fake->policy == POLICY_SILENT) {
                sd_bus_message_unref(fake->held);
                fake->held = sd_bus_message_ref(call);
                return 1;
        }

        return fake_answer(fake, call);
}

static inline int fake_cancel_check(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeBus *fake = userdata;
        const char *id;

        assert(sd_bus_message_read(call, "s", &id) > 0);
        (void) snprintf(fake->cancelled_id, sizeof fake->cancelled_id, "%s", id);
        fake->cancelled = true;

        return sd_bus_reply_method_return(call, NULL);
}

static inline const sd_bus_vtable *fake_polkit_vtable(void) {
        static const sd_bus_vtable vtable[] = {
                SD_BUS_VTABLE_START(0),
                SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})",
                              fake_check_authorization, SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_METHOD("CancelCheckAuthorization", "s", NULL, fake_cancel_check,
                              SD_BUS_VTABLE_UNPRIVILEGED),
                SD_BUS_VTABLE_END,
        };

        return vtable;
}

/* fd: the test's end of the connection. */
static inline void fake_bus_open(FakeBus *fake, int fd) {
        assert(sd_event_new(&fake->event) >= 0);
        fake->bus = bus_peer_open_end(fake->event, fd, true);
        assert(sd_bus_add_object_vtable(fake->bus, NULL, FAKE_BUS_DRIVER_PATH, FAKE_BUS_DRIVER,
                                        fake_driver_vtable(), fake) >= 0);
        assert(sd_bus_add_object_vtable(fake->bus, NULL, "/org/freedesktop/PolicyKit1/Authority",
                                        "org.freedesktop.PolicyKit1.Authority",
                                        fake_polkit_vtable(), fake) >= 0);
}

static inline void fake_bus_done(FakeBus *fake) {
        fake->held = sd_bus_message_unref(fake->held);
        fake->bus = sd_bus_close_unref(fake->bus);
        fake->event = sd_event_unref(fake->event);
}

static inline void fake_bus_answer(FakeBus *fake, FakePolicy policy) {
        fake->policy = policy;
        assert(fake->held);
        assert(fake_answer(fake, fake->held) >= 0);
        fake->held = sd_bus_message_unref(fake->held);
}

/* Tells everybody that the client has left. */
static inline void fake_bus_drop_client(FakeBus *fake, const char *name) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;

        assert(sd_bus_message_new_signal(fake->bus, &signal, FAKE_BUS_DRIVER_PATH, FAKE_BUS_DRIVER,
                                         "NameOwnerChanged") >= 0);
        assert(sd_bus_message_set_sender(signal, FAKE_BUS_DRIVER) >= 0);
        assert(sd_bus_message_append(signal, "sss", name, name, "") >= 0);
        assert(sd_bus_send(fake->bus, signal, NULL) >= 0);
}

/* A call by a client, under way or answered. In place; ended by fake_call_done(). */
typedef struct FakeCall {
        sd_bus_slot *slot;
        sd_bus_message *reply;
        bool done;
} FakeCall;

static inline int fake_on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        FakeCall *call = userdata;

        call->reply = sd_bus_message_ref(reply);
        call->done = true;
        return 0;
}

static inline void fake_call_done(FakeCall *call) {
        call->slot = sd_bus_slot_unref(call->slot);
        call->reply = sd_bus_message_unref(call->reply);
}

static inline void fake_call_start(FakeBus *fake, FakeCall *call, const char *sender,
                                   const char *path, const char *interface, const char *member,
                                   bool interactive) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;

        assert(sd_bus_message_new_method_call(fake->bus, &message, FAKE_BUS_CLIENT, path, interface,
                                              member) >= 0);
        assert(sd_bus_message_set_sender(message, sender) >= 0);
        assert(sd_bus_message_set_allow_interactive_authorization(message, interactive) >= 0);
        assert(sd_bus_call_async(fake->bus, &call->slot, message, fake_on_reply, call, 0) >= 0);
}

static inline void fake_call_wait(FakeBus *fake, FakeCall *call) {
        bus_peer_run_until(fake->event, &call->done);
}

static inline bool fake_call_failed_with(const FakeCall *call, const char *name) {
        return sd_bus_message_is_method_error(call->reply, name) > 0;
}
