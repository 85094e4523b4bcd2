/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/polkit.h"
#include "tests/unit/bus-peer.h"

#include <stddef.h>
#include <string.h>

#define PATH "/org/npivot/test"
#define INTERFACE "org.npivot.Test"

typedef struct Counter {
        uint32_t value;
} Counter;

static int method_add(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Counter *counter = userdata;
        uint32_t n;
        int r;

        r = polkit_check(call, "org.npivot.test.manage", NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = sd_bus_message_read(call, "u", &n);
        if (r < 0)
                return r;
        if (n == 0)
                return sd_bus_error_set(error, "org.npivot.Error.Nothing", "Nothing to add.");

        counter->value += n;
        r = sd_bus_emit_properties_changed(sd_bus_message_get_bus(call), PATH, INTERFACE, "Value",
                                           NULL);
        if (r < 0)
                return r;

        return sd_bus_reply_method_return(call, "u", counter->value);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Add", "u", "u", method_add, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Value", "u", NULL, offsetof(Counter, value),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        (*(unsigned *) userdata)++;
        return 0;
}

static void test_methods_properties_and_signals_cross(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL, *property = NULL;
        Counter counter = { .value = 40 };
        _cleanup_(bus_peer_done) BusPeer peer = { 0 };
        unsigned changes = 0;
        uint32_t value;

        bus_peer_open(&peer);
        assert(sd_bus_add_object_vtable(peer.server, NULL, PATH, INTERFACE, vtable, &counter) >= 0);
        assert(sd_bus_match_signal(peer.client, NULL, NULL, PATH, NULL, "PropertiesChanged",
                                   on_changed, &changes) >= 0);

        assert(bus_peer_call(&peer, &error, &reply, PATH, INTERFACE, "Add", "u", 2) == 0);
        assert(sd_bus_message_read(reply, "u", &value) > 0);
        assert(value == 42);

        assert(bus_peer_get(&peer, &error, &property, PATH, INTERFACE, "Value", "u") > 0);
        assert(sd_bus_message_read(property, "u", &value) > 0);
        assert(value == 42);

        bus_peer_settle(&peer);
        assert(changes == 1);
}

static void test_errors_arrive_with_their_name(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Counter counter = { 0 };
        _cleanup_(bus_peer_done) BusPeer peer = { 0 };

        bus_peer_open(&peer);
        assert(sd_bus_add_object_vtable(peer.server, NULL, PATH, INTERFACE, vtable, &counter) >= 0);

        assert(bus_peer_call(&peer, &error, NULL, PATH, INTERFACE, "Add", "u", 0) < 0);
        assert(sd_bus_error_has_name(&error, "org.npivot.Error.Nothing"));
        assert(strcmp(error.message, "Nothing to add.") == 0);
}

int main(void) {
        test_methods_properties_and_signals_cross();
        test_errors_arrive_with_their_name();

        return EXIT_SUCCESS;
}
