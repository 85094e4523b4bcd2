/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-peer.h"
#include "common/bus-error.h"
#include "vhbad/definition-message.h"

#include <string.h>

static BusPeer peer;

#define WWPN "2101001b32a90004"
#define WWNN "2001001b32a9da4e"

static int parse(Definition *ret, sd_bus_error *error, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list arguments;

        assert(sd_bus_message_new_signal(peer.client, &message, "/", "a.b", "c") >= 0);
        va_start(arguments, types);
        assert(sd_bus_message_appendv(message, types, arguments) >= 0);
        va_end(arguments);
        assert(sd_bus_message_seal(message, 1, 0) >= 0);
        assert(sd_bus_message_rewind(message, true) >= 0);
        return definition_read_message(message, ret, error);
}

static void test_all_keys_are_read(void) {
        _cleanup_(definition_donep) Definition definition = {};

        assert(parse(&definition, NULL, "a{sv}", 6, "Wwpn", "s", "21:01:00:1B:32:A9:00:04", "Wwnn",
                     "s", "0x" WWNN, "Parent", "s", "pci:0000:05:00.0", "SymbolicName", "s", "web1",
                     "TimeoutUSec", "t", UINT64_C(5000000), "Expect", "as", 2, "0 paths:2",
                     "1") >= 0);
        assert(definition.wwpn == UINT64_C(0x2101001b32a90004));
        assert(definition.wwnn == UINT64_C(0x2001001b32a9da4e));
        assert(definition.parent.kind == PARENT_PCI);
        assert(strcmp(definition.symbolic_name, "web1") == 0);
        assert(definition.timeout_usec == 5000000);
        assert(definition.n_expect == 2 && definition.expect[0].paths == 2);
}

static void test_what_is_left_out_has_a_default(void) {
        _cleanup_(definition_donep) Definition definition = {};

        assert(parse(&definition, NULL, "a{sv}", 2, "Wwpn", "s", WWPN, "Wwnn", "s", WWNN) >= 0);
        assert(definition.parent.kind == PARENT_AUTO);
        assert(definition.timeout_usec == TIMEOUT_USEC_DEFAULT);
        assert(definition.n_expect == 0 && definition.peer == 0);
}

static void refused(const char *name, const char *key, const char *type, const char *value) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Definition definition = { .wwpn = 42 };

        assert(parse(&definition, &error, "a{sv}", 3, "Wwpn", "s", WWPN, "Wwnn", "s", WWNN, key,
                     type, value) < 0);
        assert(sd_bus_error_has_name(&error, name));
        assert(strstr(error.message, key));
        assert(definition.wwpn == 42);
}

static void test_mistakes_name_their_key(void) {
        static char long_name[65536];

        memset(long_name, 'x', sizeof long_name - 1);
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Parent", "s", "bogus");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Parent", "s", "host:host1\nRole=x");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "SymbolicName", "s", "a\nPeer=" WWPN);
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "SymbolicName", "s", long_name);
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "TimeoutUSec", "s", "5");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Expect", "s", "0");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Peer", "s", WWPN);
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Role", "s", "primary");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Colour", "s", "red");
        refused(NPIVOT_ERROR_INVALID_DEFINITION, "Wwpn", "s", WWPN);
}

static void test_names_must_be_there_and_be_wwns(void) {
        static const char *const malformed[] = { "", "0x", "21::00", "0000000000000000", "x" };
        Definition definition = {};

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                assert(parse(&definition, &error, "a{sv}", 2, "Wwpn", "s", malformed[i], "Wwnn",
                             "s", WWNN) < 0);
                assert(sd_bus_error_has_name(&error, NPIVOT_ERROR_INVALID_WWN));
        }
        for (size_t i = 0; i < 2; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                assert(parse(&definition, &error, "a{sv}", 1, i ? "Wwpn" : "Wwnn", "s", WWPN) < 0);
                assert(sd_bus_error_has_name(&error, NPIVOT_ERROR_INVALID_DEFINITION));
                assert(strstr(error.message, i ? "Wwnn" : "Wwpn"));
        }
}

int main(void) {
        bus_peer_open(&peer);
        test_all_keys_are_read();
        test_what_is_left_out_has_a_default();
        test_mistakes_name_their_key();
        test_names_must_be_there_and_be_wwns();
        bus_peer_done(&peer);
        return 0;
}
