/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-peer.h"
#include "vhbad/unit.h"

#include <signal.h>
#include <string.h>

#define WWPN UINT64_C(0x2101001b32a90004)

static void test_names_and_paths_are_read_back(void) {
        _cleanup_free_ char *path = NULL;
        UnitName name;
        Wwn wwpn;

        assert(strcmp(unit_name(WWPN, name), "vhba@2101001b32a90004.service") == 0);
        assert(unit_name_parse(name, &wwpn) >= 0 && wwpn == WWPN);
        assert(unit_path(WWPN, &path) >= 0);
        assert(strcmp(path, "/org/freedesktop/systemd1/unit/vhba_402101001b32a90004_2eservice") ==
               0);
        wwpn = 0;
        assert(unit_path_parse(path, &wwpn) >= 0 && wwpn == WWPN);
}

static void test_other_units_are_not_ours(void) {
        static const char *const others[] = {
                "",
                "vhba@.service",
                "vhba@2101001b32a90004.socket.",
                "vhba@2101001B32A90004.service",
                "vhba-2101001b32a90004.service",
                "vhba-down@2101001b32a90004.service",
                "vhba@0000000000000000.service",
        };
        Wwn wwpn = 42;

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(unit_name_parse(others[i], &wwpn) < 0);
        assert(unit_path_parse("/org/freedesktop/systemd1/unit/dbus_2eservice", &wwpn) < 0);
        assert(unit_path_parse("/org/freedesktop/systemd1/unit", &wwpn) < 0);
        assert(unit_path_parse("/", &wwpn) < 0);
        assert(wwpn == 42);
}

/* As PID 1 sends them: properties that are of no interest among those that are. */
static int take(BusPeer *peer, Unit *unit, const char *active, const char *sub, const char *result,
                int code, int status, int stop_code, int stop_status) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;

        assert(sd_bus_message_new_signal(peer->client, &message, "/", "a.b", "c") >= 0);
        assert(sd_bus_message_append(message, "a{sv}", 8, "ActiveState", "s", active, "SubState",
                                     "s", sub, "Names", "as", 1, "x", "Result", "s", result,
                                     "ExecMainCode", "i", code, "ExecMainStatus", "i", status,
                                     "ExecStop", "a(sasbttttuii)", 1, "/bin/x", 1, "x", 0,
                                     UINT64_C(0), UINT64_C(0), UINT64_C(0), UINT64_C(0), 0,
                                     stop_code, stop_status, "StatusText", "s",
                                     "a\x1b"
                                     "b") >= 0);
        assert(sd_bus_message_seal(message, 1, 0) >= 0);
        assert(sd_bus_message_rewind(message, true) >= 0);
        return unit_read_properties(unit, message);
}

static void test_properties_change_once(BusPeer *peer) {
        Unit unit;

        unit_init(&unit);
        assert(take(peer, &unit, "active", "exited", "success", CLD_EXITED, 0, 0, 0) > 0);
        assert(strcmp(unit.status_text, "a?b") == 0);
        assert(unit_is_running(&unit) && !unit_is_failed(&unit));
        assert(unit_cause(&unit) == CAUSE_NONE);
        assert(take(peer, &unit, "active", "exited", "success", CLD_EXITED, 0, 0, 0) == 0);
        unit_done(&unit);
}

static void test_a_failed_start_tells_its_cause(BusPeer *peer) {
        Unit unit;

        unit_init(&unit);
        (void) take(peer, &unit, "failed", "failed", "exit-code", CLD_EXITED, CAUSE_PARENT_FULL, 0,
                    0);
        assert(unit_is_failed(&unit) && !unit_is_running(&unit));
        assert(unit_cause(&unit) == CAUSE_PARENT_FULL);

        (void) take(peer, &unit, "activating", "auto-restart", "exit-code", CLD_EXITED,
                    CAUSE_WWPN_IN_USE, 0, 0);
        assert(unit_is_failed(&unit) && unit_is_running(&unit));
        assert(unit_cause(&unit) == CAUSE_WWPN_IN_USE);

        (void) take(peer, &unit, "failed", "failed", "signal", CLD_KILLED, SIGKILL, 0, 0);
        assert(unit_cause(&unit) == CAUSE_UNEXPECTED);
        unit_done(&unit);
}

static void test_a_failed_stop_tells_its_cause(BusPeer *peer) {
        Unit unit;

        unit_init(&unit);
        (void) take(peer, &unit, "failed", "failed", "exit-code", CLD_EXITED, 0, CLD_EXITED,
                    CAUSE_BUSY);
        assert(unit_needs_stop_status(&unit));
        assert(unit_cause(&unit) == CAUSE_BUSY);
        unit_done(&unit);
}

static void test_a_start_that_was_not_tried_says_so(void) {
        _cleanup_free_ char *message = NULL;
        Unit unit;

        unit_init(&unit);
        assert(unit_set_job_result(&unit, "dependency") > 0);
        assert(unit_cause(&unit) == CAUSE_NO_PARENT);
        assert(unit_message(&unit, &message) >= 0);
        assert(strstr(message, "dependency"));
        assert(unit_set_job_result(&unit, "done") > 0);
        assert(unit_cause(&unit) == CAUSE_NONE);
        unit_done(&unit);
}

int main(void) {
        _cleanup_(bus_peer_done) BusPeer peer = { 0 };

        bus_peer_open(&peer);
        test_names_and_paths_are_read_back();
        test_other_units_are_not_ours();
        test_properties_change_once(&peer);
        test_a_failed_start_tells_its_cause(&peer);
        test_a_failed_stop_tells_its_cause(&peer);
        test_a_start_that_was_not_tried_says_so();
        return 0;
}
