/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhbad as its clients know it, with a PID 1 that does as it is told and HBAs that are arrays.
 */

#include "common/bus-error.h"
#include "fake-systemd.h"
#include "vhbad/bus.h"
#include "vhbad/publish.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#define A "2101001b32a90002"
#define B "2101001b32a90004"
#define WWNN "2001001b32a9da4e"
#define VHBA_A "/org/npivot/vhba1/vhba/_3" A
#define VHBA_B "/org/npivot/vhba1/vhba/_3" B

static const FcHost hba = {
        .name = "host5",
        .port_name = UINT64_C(0x21000024ff1a2b3c),
        .state = "Online",
        .driver = "lpfc",
        .npiv_capable = true,
        .vports_max = 255,
};

static const FcVport vport_of_a = {
        .name = "vport-5:0-0",
        .syspath = "/sys/devices/nowhere",
        .parent = "host5",
        .scsi_host = "",
        .port_name = UINT64_C(0x2101001b32a90002),
        .node_name = UINT64_C(0x2001001b32a9da4e),
        .state = "Active",
};

typedef struct Fixture {
        char directory[64];
        BusPeer peer;
        FakeSystemd systemd;
        Manager manager;
        unsigned n_added, n_removed, n_changed;
} Fixture;

static int on_signal(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Fixture *fixture = userdata;
        const char *member = sd_bus_message_get_member(signal);

        fixture->n_added += strcmp(member, "InterfacesAdded") == 0;
        fixture->n_removed += strcmp(member, "InterfacesRemoved") == 0;
        fixture->n_changed += strcmp(member, "PropertiesChanged") == 0;
        return 0;
}

static void set_up(Fixture *fixture) {
        *fixture = (Fixture){ .directory = "/tmp/test-vhba-bus-XXXXXX" };
        assert(mkdtemp(fixture->directory));
        assert(setenv("NPIVOT_CONFDIR", fixture->directory, 1) >= 0);
        bus_peer_open(&fixture->peer);
        /* Both are to know each other before the server, here a caller as well, says its first
         * word. */
        bus_peer_settle(&fixture->peer);
        assert(sd_bus_add_match(fixture->peer.client, NULL, "type='signal'", on_signal, fixture) >=
               0);
        fake_systemd_init(&fixture->systemd, fixture->peer.client);
        assert(manager_init(&fixture->manager, fixture->peer.event, fixture->peer.server) >= 0);
        assert(bus_add_objects(&fixture->manager) >= 0);
        assert(manager_start(&fixture->manager) >= 0);
}

static int on_file(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void tear_down(Fixture *fixture) {
        bus_peer_done(&fixture->peer);
        manager_done(&fixture->manager);
        assert(nftw(fixture->directory, on_file, 8, FTW_DEPTH | FTW_PHYS) >= 0);
}

static int define(Fixture *fixture, const char *wwpn, const char *parent, bool replace,
                  sd_bus_error *error) {
        return bus_peer_call(&fixture->peer, error, NULL, VHBAD_PATH, VHBAD_MANAGER, "Define",
                             "a{sv}b", 3, "Wwpn", "s", wwpn, "Wwnn", "s", WWNN, "Parent", "s",
                             parent, (int) replace);
}

static void set_peer(Fixture *fixture, const char *vhba, const char *peer, const char *role) {
        assert(bus_peer_call(&fixture->peer, NULL, NULL, vhba, VHBAD_VHBA, "SetPeer", "ss", peer,
                             role) >= 0);
}

#define refuses(fixture, name, path, interface, ...) \
        do { \
                _cleanup_(sd_bus_error_free) sd_bus_error _error = SD_BUS_ERROR_NULL; \
                assert(bus_peer_call(&(fixture)->peer, &_error, NULL, path, interface, \
                                     __VA_ARGS__) < 0); \
                assert(sd_bus_error_has_name(&_error, name)); \
        } while (0)

static void expect_text(Fixture *fixture, const char *vhba, const char *property,
                        const char *value) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *found;

        assert(bus_peer_get(&fixture->peer, NULL, &reply, vhba, VHBAD_VHBA, property, "s") >= 0);
        assert(sd_bus_message_read(reply, "s", &found) >= 0);
        assert(strcmp(found, value) == 0);
}

static bool get_flag(Fixture *fixture, const char *vhba, const char *property) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int found;

        assert(bus_peer_get(&fixture->peer, NULL, &reply, vhba, VHBAD_VHBA, property, "b") >= 0);
        assert(sd_bus_message_read(reply, "b", &found) >= 0);
        return found;
}

static bool has_file(const Fixture *fixture, const char *wwpn) {
        char path[128];

        (void) snprintf(path, sizeof path, "%s/vhba/%s.conf", fixture->directory, wwpn);
        return access(path, F_OK) >= 0;
}

static void test_define_is_one_of_a_kind(Fixture *fixture) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(has_file(fixture, A));
        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(define(fixture, A, "host:host5", false, &error) < 0);
        assert(sd_bus_error_has_name(&error, NPIVOT_ERROR_ALREADY_DEFINED));
        assert(define(fixture, A, "host:host5", true, NULL) >= 0);
        expect_text(fixture, VHBA_A, "Parent", "host:host5");

        bus_peer_settle(&fixture->peer);
        assert(fixture->n_added == 1);
        assert(fixture->n_changed == 1);
}

static void test_an_hba_is_no_vhba(Fixture *fixture) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        assert(manager_take_fc(&fixture->manager, &hba, 1, NULL, 0) >= 0);
        assert(define(fixture, "21000024ff1a2b3c", "auto", false, &error) < 0);
        assert(sd_bus_error_has_name(&error, NPIVOT_ERROR_ALREADY_DEFINED));
        assert(!has_file(fixture, "21000024ff1a2b3c"));
}

static void test_a_pair_agrees_and_is_dissolved_by_undefine(Fixture *fixture) {
        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(define(fixture, B, "auto", false, NULL) >= 0);
        expect_text(fixture, VHBA_A, "PairState", "none");

        set_peer(fixture, VHBA_A, B, "primary");
        expect_text(fixture, VHBA_A, "PairState", "agreed");
        expect_text(fixture, VHBA_B, "Role", "secondary");
        set_peer(fixture, VHBA_B, A, "primary");
        expect_text(fixture, VHBA_A, "Role", "secondary");

        /* What replaces a definition keeps its peer. */
        assert(define(fixture, A, "host:host5", true, NULL) >= 0);
        expect_text(fixture, VHBA_A, "PairState", "agreed");

        assert(bus_peer_call(&fixture->peer, NULL, NULL, VHBA_A, VHBAD_VHBA, "Undefine", NULL) >=
               0);
        expect_text(fixture, VHBA_B, "Peer", "");
        expect_text(fixture, VHBA_B, "PairState", "none");
        assert(!has_file(fixture, A) && has_file(fixture, B));
}

static void test_set_peer_refuses_what_makes_no_pair(Fixture *fixture) {
        static const char c[] = "2101001b32a90006";

        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(define(fixture, B, "auto", false, NULL) >= 0);
        refuses(fixture, NPIVOT_ERROR_NOT_DEFINED, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", c,
                "primary");
        refuses(fixture, NPIVOT_ERROR_INVALID_DEFINITION, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", A,
                "primary");
        refuses(fixture, NPIVOT_ERROR_INVALID_DEFINITION, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", B,
                "");
        refuses(fixture, NPIVOT_ERROR_INVALID_DEFINITION, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", "",
                "primary");
        refuses(fixture, NPIVOT_ERROR_INVALID_WWN, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", "x",
                "primary");

        set_peer(fixture, VHBA_A, B, "primary");
        assert(define(fixture, c, "auto", false, NULL) >= 0);
        refuses(fixture, NPIVOT_ERROR_PAIR_CONFLICT, "/org/npivot/vhba1/vhba/_32101001b32a90006",
                VHBAD_VHBA, "SetPeer", "ss", A, "primary");
        refuses(fixture, NPIVOT_ERROR_PAIR_CONFLICT, VHBA_A, VHBAD_VHBA, "SetPeer", "ss", c,
                "primary");
        set_peer(fixture, VHBA_A, "", "");
        expect_text(fixture, VHBA_B, "PairState", "none");
}

static void test_autostart_is_the_units_enablement(Fixture *fixture) {
        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(!get_flag(fixture, VHBA_A, "Autostart"));
        assert(bus_peer_call(&fixture->peer, NULL, NULL, VHBA_A, VHBAD_VHBA, "SetAutostart", "b",
                             1) >= 0);
        assert(get_flag(fixture, VHBA_A, "Autostart"));

        /* Said to systemd by somebody else. */
        (void) strcpy(fixture->systemd.file_state, "masked");
        fake_systemd_signal(fixture->peer.client, FAKE_PATH, FAKE_MANAGER, "UnitFilesChanged", "");
        bus_peer_settle(&fixture->peer);
        assert(!get_flag(fixture, VHBA_A, "Autostart"));

        fixture->systemd.refuses = true;
        refuses(fixture, "org.freedesktop.systemd1.UnitMasked", VHBA_A, VHBAD_VHBA, "SetAutostart",
                "b", 1);
        fixture->systemd.refuses = false;
}

static void test_a_unit_is_followed(Fixture *fixture) {
        static const char unit[] = FAKE_PATH "/unit/vhba_40" A "_2eservice";

        assert(define(fixture, A, "auto", false, NULL) >= 0);
        expect_text(fixture, VHBA_A, "UnitState", "inactive");
        fake_systemd_signal(fixture->peer.client, unit, "org.freedesktop.DBus.Properties",
                            "PropertiesChanged", "sa{sv}as", "org.freedesktop.systemd1.Unit", 1,
                            "ActiveState", "s", "active", 0);
        bus_peer_settle(&fixture->peer);
        expect_text(fixture, VHBA_A, "UnitState", "active");
        refuses(fixture, NPIVOT_ERROR_STILL_ACTIVE, VHBA_A, VHBAD_VHBA, "Undefine", NULL);
        assert(has_file(fixture, A));
}

static void call_job(Fixture *fixture, const char *member, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        sd_bus_message *question = NULL;
        const char *job;
        va_list arguments;

        assert(sd_bus_message_new_method_call(fixture->peer.client, &question, NULL, VHBA_A,
                                              VHBAD_VHBA, member) >= 0);
        va_start(arguments, types);
        assert(sd_bus_message_appendv(question, types, arguments) >= 0);
        va_end(arguments);
        assert(bus_peer_send(&fixture->peer, question, NULL, &reply) >= 0);
        assert(sd_bus_message_read(reply, "o", &job) >= 0);
        assert(strcmp(job, FAKE_PATH "/job/7") == 0);
}

static void expect_job(const Fixture *fixture, const char *verb, const char *unit) {
        assert(strcmp(fixture->systemd.last_verb, verb) == 0);
        assert(strcmp(fixture->systemd.last_unit, unit) == 0);
}

static void test_create_and_destroy_are_jobs(Fixture *fixture) {
        assert(define(fixture, A, "auto", false, NULL) >= 0);
        call_job(fixture, "Create", "");
        expect_job(fixture, "StartUnit", "vhba@" A ".service");
        call_job(fixture, "Destroy", "b", 0);
        expect_job(fixture, "StopUnit", "vhba@" A ".service");

        fixture->systemd.refuses = true;
        refuses(fixture, "org.freedesktop.systemd1.UnitMasked", VHBA_A, VHBAD_VHBA, "Create", NULL);
        fixture->systemd.refuses = false;
}

static void test_a_vport_made_by_hand_is_transient_until_defined(Fixture *fixture) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        FcVport other_name = vport_of_a;

        assert(manager_take_fc(&fixture->manager, &hba, 1, &vport_of_a, 1) >= 0);
        bus_peer_settle(&fixture->peer);
        assert(fixture->n_added == 2);
        assert(!get_flag(fixture, VHBA_A, "Defined"));
        expect_text(fixture, VHBA_A, "KernelState", "Active");
        refuses(fixture, NPIVOT_ERROR_NOT_DEFINED, VHBA_A, VHBAD_VHBA, "Create", NULL);
        refuses(fixture, NPIVOT_ERROR_NOT_DEFINED, VHBA_A, VHBAD_VHBA, "Destroy", "b", 1);
        refuses(fixture, NPIVOT_ERROR_NOT_DEFINED, VHBA_A, VHBAD_VHBA, "SetAutostart", "b", 1);
        refuses(fixture, NPIVOT_ERROR_NOT_DEFINED, VHBA_A, VHBAD_VHBA, "Undefine", NULL);

        assert(define(fixture, A, "auto", false, NULL) >= 0);
        assert(get_flag(fixture, VHBA_A, "Defined"));
        /* Its unit is not up, so there is nothing that PID 1 could stop. */
        call_job(fixture, "Destroy", "b", 0);
        expect_job(fixture, "StartUnit", "vhba-down@" A ".service");

        other_name.port_name = UINT64_C(0x2101001b32a90004);
        other_name.node_name++;
        assert(manager_take_fc(&fixture->manager, &hba, 1, &other_name, 1) >= 0);
        assert(define(fixture, B, "auto", false, &error) < 0);
        assert(sd_bus_error_has_name(&error, NPIVOT_ERROR_INVALID_DEFINITION));
        assert(strstr(error.message, "Wwnn"));
}

static void test_a_file_written_by_hand_is_seen(Fixture *fixture) {
        char path[128];
        uint64_t end;
        FILE *file;

        assert(define(fixture, A, "auto", false, NULL) >= 0);
        bus_peer_settle(&fixture->peer);
        (void) snprintf(path, sizeof path, "%s/vhba/" A ".conf", fixture->directory);
        file = fopen(path, "we");
        assert(file && fputs("[Vhba]\nWwpn=" A "\nColour=red\n", file) >= 0 && fclose(file) == 0);

        assert(sd_event_now(fixture->peer.event, CLOCK_MONOTONIC, &end) >= 0);
        end += BUS_PEER_DEADLINE_USEC;
        while (fixture->n_removed == 0 || fixture->manager.bad.is_dirty) {
                uint64_t now;

                assert(sd_event_run(fixture->peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
                assert(sd_event_now(fixture->peer.event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now < end);
        }
        assert(fixture->manager.bad.n == 1);
        assert(fixture->manager.bad.items[0].line == 3);
        refuses(fixture, NPIVOT_ERROR_NO_SUCH_VHBA, VHBAD_PATH, VHBAD_MANAGER, "GetVhba", "s", A);

        /* It can be replaced, and it can be removed. */
        assert(define(fixture, A, "auto", true, NULL) >= 0);
        assert(fixture->manager.bad.n == 0);
}

static void test_a_burst_is_one_reload(Fixture *fixture) {
        uint64_t now, end;

        for (unsigned i = 0; i < 100; i++) {
                char wwpn[WWN_STRING_LEN + 1];

                (void) snprintf(wwpn, sizeof wwpn, "2101001b32a91%03x", i);
                assert(define(fixture, wwpn, "auto", false, NULL) >= 0);
        }
        assert(sd_event_now(fixture->peer.event, CLOCK_MONOTONIC, &now) >= 0);
        for (end = now + BUS_PEER_DEADLINE_USEC; fixture->systemd.n_reloads == 0;) {
                assert(sd_event_run(fixture->peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
                assert(sd_event_now(fixture->peer.event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now < end);
        }
        bus_peer_settle(&fixture->peer);
        assert(fixture->systemd.n_reloads < 20);
        assert(fixture->n_added == 100);
}

int main(void) {
        static void (*const tests[])(Fixture *) = {
                test_define_is_one_of_a_kind,
                test_an_hba_is_no_vhba,
                test_a_pair_agrees_and_is_dissolved_by_undefine,
                test_set_peer_refuses_what_makes_no_pair,
                test_autostart_is_the_units_enablement,
                test_a_unit_is_followed,
                test_create_and_destroy_are_jobs,
                test_a_vport_made_by_hand_is_transient_until_defined,
                test_a_file_written_by_hand_is_seen,
                test_a_burst_is_one_reload,
        };

        assert(bus_error_register() >= 0);
        for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
                Fixture fixture;

                set_up(&fixture);
                tests[i](&fixture);
                tear_down(&fixture);
        }
        return 0;
}
