/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * As much of PID 1 as vhbad speaks to, on the client's end of a bus_peer: units have one state and
 * one file state, jobs are numbers, and what was called is counted.
 */

#include "bus-peer.h"

#include <string.h>

#define FAKE_PATH "/org/freedesktop/systemd1"
#define FAKE_MANAGER "org.freedesktop.systemd1.Manager"
#define FAKE_UNIT "org.freedesktop.systemd1.Unit"

typedef struct FakeSystemd {
        char active_state[32];
        char file_state[32];
        char last_unit[64]; /* that was started, stopped or reloaded */
        char last_verb[32];
        unsigned n_reloads;
        bool refuses;
} FakeSystemd;

static inline int fake_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeSystemd *fake = userdata;
        const char *unit, *mode;

        if (fake->refuses)
                return sd_bus_error_set(error, "org.freedesktop.systemd1.UnitMasked", "masked");
        assert(sd_bus_message_read(call, "ss", &unit, &mode) >= 0);
        assert(strcmp(mode, "replace") == 0);
        (void) snprintf(fake->last_unit, sizeof fake->last_unit, "%s", unit);
        (void) snprintf(fake->last_verb, sizeof fake->last_verb, "%s",
                        sd_bus_message_get_member(call));
        return sd_bus_reply_method_return(call, "o", FAKE_PATH "/job/7");
}

static inline int fake_enable(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeSystemd *fake = userdata;

        if (fake->refuses)
                return sd_bus_error_set(error, "org.freedesktop.systemd1.UnitMasked", "masked");
        (void) strcpy(fake->file_state, "enabled");
        return sd_bus_reply_method_return(call, "ba(sss)", 1, 0);
}

static inline int fake_disable(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeSystemd *fake = userdata;

        (void) strcpy(fake->file_state, "disabled");
        return sd_bus_reply_method_return(call, "a(sss)", 0);
}

static inline int fake_get_file_state(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeSystemd *fake = userdata;

        return sd_bus_reply_method_return(call, "s", fake->file_state);
}

static inline int fake_reload(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeSystemd *fake = userdata;

        fake->n_reloads++;
        return sd_bus_reply_method_return(call, NULL);
}

static inline int fake_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(call, NULL);
}

static inline int fake_get_active(sd_bus *bus, const char *path, const char *interface,
                                  const char *property, sd_bus_message *reply, void *userdata,
                                  sd_bus_error *error) {
        FakeSystemd *fake = userdata;

        return sd_bus_message_append(reply, "s", fake->active_state);
}

/* clang-format off */
static const sd_bus_vtable fake_manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Subscribe", NULL, NULL, fake_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Reload", NULL, NULL, fake_reload, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StartUnit", "ss", "o", fake_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopUnit", "ss", "o", fake_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ReloadUnit", "ss", "o", fake_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetUnitFileState", "s", "s", fake_get_file_state, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("EnableUnitFiles", "asbb", "ba(sss)", fake_enable, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("DisableUnitFiles", "asb", "a(sss)", fake_disable, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable fake_unit_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("ActiveState", "s", fake_get_active, 0, 0),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

static inline int fake_find_unit(sd_bus *bus, const char *path, const char *interface,
                                 void *userdata, void **ret_found, sd_bus_error *error) {
        *ret_found = userdata;
        return 1;
}

static inline void fake_systemd_init(FakeSystemd *fake, sd_bus *bus) {
        *fake = (FakeSystemd){ .active_state = "inactive", .file_state = "disabled" };
        assert(sd_bus_add_object_vtable(bus, NULL, FAKE_PATH, FAKE_MANAGER, fake_manager_vtable,
                                        fake) >= 0);
        assert(sd_bus_add_fallback_vtable(bus, NULL, FAKE_PATH "/unit", FAKE_UNIT, fake_unit_vtable,
                                          fake_find_unit, fake) >= 0);
}

/* A signal as the bus would hand it on. path is that of a unit, or FAKE_PATH. */
static inline void fake_systemd_signal(sd_bus *bus, const char *path, const char *interface,
                                       const char *member, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        va_list arguments;

        assert(sd_bus_message_new_signal(bus, &signal, path, interface, member) >= 0);
        assert(sd_bus_message_set_sender(signal, "org.freedesktop.systemd1") >= 0);
        va_start(arguments, types);
        assert(sd_bus_message_appendv(signal, types, arguments) >= 0);
        va_end(arguments);
        assert(sd_bus_send(bus, signal, NULL) >= 0);
}
