/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/debts.h"

#include "common/log.h"
#include "tests/unit/bus-peer.h"
#include "tests/unit/fc-tree.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define VHBA 0x2101001b32a90004
#define VHBA_PATH VHBAD_PATH "/vhba/_32101001b32a90004"
#define TARGET 0x500507680b000001
#define OWNER ":1.7"

/* vhbad, as far as the bus shows it; and what lunwatch makes of it. */
typedef struct Bench {
        BusPeer peer;
        FcTree tree;
        Inventory inventory;
        Guard guard;
        Debts debts;
        char dir[64];

        bool is_absent, holds_back;
        unsigned n_asked, n_changed;
        const char *expect; /* of the vHBA; NULL: there is none */
        const char *unit_state;
} Bench;

static int append_vhba(sd_bus_message *m, const Bench *bench) {
        return sd_bus_message_append(m, "a{sa{sv}}", 2, "org.freedesktop.DBus.Peer", 0,
                                     "org.npivot.vhba1.Vhba", 4, "Wwpn", "s", "2101001b32a90004",
                                     "Expect", "as", 1, bench->expect, "UnitState", "s",
                                     bench->unit_state, "KernelState", "s", "");
}

static int on_question(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Bench *bench = userdata;

        if (!sd_bus_message_is_method_call(call, NULL, "GetManagedObjects"))
                return 0;
        assert(sd_bus_message_get_auto_start(call) == 0);
        bench->n_asked++;
        if (bench->is_absent)
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "Nobody");

        assert(sd_bus_message_new_method_return(call, &reply) >= 0);
        assert(sd_bus_message_set_sender(reply, OWNER) >= 0);
        assert(sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}") >= 0);
        assert(sd_bus_message_append(reply, "{oa{sa{sv}}}", VHBAD_PATH "/hba/_3100000109b000001", 1,
                                     "org.npivot.vhba1.Hba", 1, "State", "s", "Online") >= 0);
        if (bench->expect) {
                assert(sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}") >= 0);
                assert(sd_bus_message_append(reply, "o", VHBA_PATH) >= 0);
                assert(append_vhba(reply, bench) >= 0);
                assert(sd_bus_message_close_container(reply) >= 0);
        }
        assert(sd_bus_message_close_container(reply) >= 0);
        assert(sd_bus_send(NULL, reply, NULL) >= 0);
        return 1;
}

static void on_changed(void *userdata) {
        Bench *bench = userdata;

        bench->n_changed++;
}

static void bench_start(Bench *bench) {
        bench->debts = (Debts){ 0 };
        assert(guard_open(&bench->guard, open(bench->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >=
               0);
        assert(debts_start(&bench->debts, bench->peer.client, &bench->inventory, &bench->guard,
                           on_changed, bench) >= 0);
}

static void bench_stop(Bench *bench) {
        debts_done(&bench->debts);
        guard_done(&bench->guard);
}

static void bench_open(Bench *bench) {
        bench->unit_state = "active";
        (void) strcpy(bench->dir, "/tmp/test-debts.XXXXXX");
        assert(mkdtemp(bench->dir));
        fc_tree_open(&bench->tree);
        assert(inventory_open(&bench->inventory, bench->tree.root) == 0);
        bus_peer_open(&bench->peer);
        assert(sd_bus_add_object(bench->peer.server, NULL, VHBAD_PATH, on_question, bench) >= 0);
        bench_start(bench);
}

static void bench_done(Bench *bench) {
        char command[128];

        bench_stop(bench);
        bus_peer_done(&bench->peer);
        inventory_done(&bench->inventory);
        fc_tree_done(&bench->tree);
        (void) snprintf(command, sizeof command, "rm -r %s", bench->dir);
        assert(system(command) == 0);
}

/* Until the list has these keys, a comma behind each. */
static void wait_for(Bench *bench, const char *expected) {
        uint64_t start, now;
        char text[4096];

        assert(sd_event_now(bench->peer.event, CLOCK_MONOTONIC, &start) >= 0);
        for (;;) {
                size_t used = 0;

                text[0] = '\0';
                for (size_t i = 0; i < bench->debts.list.n_items && used < sizeof text; i++)
                        used += (size_t) snprintf(text + used, sizeof text - used, "%s,",
                                                  bench->debts.list.items[i]->key);
                if (strcmp(text, expected) == 0)
                        return;
                assert(sd_event_run(bench->peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
                assert(sd_event_now(bench->peer.event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now - start < BUS_PEER_DEADLINE_USEC);
        }
}

static sd_bus_message *new_signal(const Bench *bench, const char *path, const char *interface,
                                  const char *member, const char *sender) {
        sd_bus_message *m = NULL;

        assert(sd_bus_message_new_signal(bench->peer.server, &m, path, interface, member) >= 0);
        assert(sd_bus_message_set_sender(m, sender) >= 0);
        return m;
}

static void send_signal(const Bench *bench, sd_bus_message *m) {
        assert(sd_bus_send(bench->peer.server, m, NULL) >= 0);
        sd_bus_message_unref(m);
}

static void send_owner(const Bench *bench, const char *before, const char *now) {
        sd_bus_message *m = new_signal(bench, "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "NameOwnerChanged", "org.freedesktop.DBus");

        assert(sd_bus_message_append(m, "sss", VHBAD_NAME, before, now) >= 0);
        send_signal(bench, m);
}

static void send_added(const Bench *bench, const char *sender) {
        sd_bus_message *m = new_signal(bench, VHBAD_PATH, "org.freedesktop.DBus.ObjectManager",
                                       "InterfacesAdded", sender);

        assert(sd_bus_message_append(m, "o", VHBA_PATH) >= 0 && append_vhba(m, bench) >= 0);
        send_signal(bench, m);
}

static void send_expect(const Bench *bench, const char *sender, const char *expect) {
        sd_bus_message *m = new_signal(bench, VHBA_PATH, "org.freedesktop.DBus.Properties",
                                       "PropertiesChanged", sender);

        assert(sd_bus_message_append(m, "sa{sv}as", "org.npivot.vhba1.Vhba", 2, "Expect", "as", 1,
                                     expect, "Message", "s", "", 0) >= 0);
        send_signal(bench, m);
}

static void add_path(Bench *bench, uint64_t initiator, uint64_t lun, uint32_t number,
                     const char *wwid) {
        const Path fields = {
                .key = { initiator, TARGET + number % 4, { 6, 0, number, lun }, PATH_FC },
                .hba = 0x100000109b000001,
                .state = PATH_RUNNING,
                .rport_state = RPORT_ONLINE,
                .is_vhba = true,
        };
        Path *path, *old;

        assert(path_new(&fields, "", wwid, NULL, 0, &path) == 0);
        assert(index_put(&bench->inventory.index, path, &old) >= 0 && !old);
}

static void test_what_vhbad_says_at_the_start_and_later_counts(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };
        sd_bus_message *m;

        bench_open(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        assert(bench.n_changed == 1);

        send_expect(&bench, OWNER, "5");
        wait_for(&bench, "2101001b32a90004 5 missing,");

        m = new_signal(&bench, VHBAD_PATH, "org.freedesktop.DBus.ObjectManager",
                       "InterfacesRemoved", OWNER);
        assert(sd_bus_message_append(m, "oas", VHBA_PATH, 1, "org.npivot.vhba1.Vhba") >= 0);
        send_signal(&bench, m);
        wait_for(&bench, "");

        send_added(&bench, OWNER);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        add_path(&bench, VHBA, 0, 1, "naa.6001");
        debts_check(&bench.debts);
        wait_for(&bench, "");
        assert(bench.n_asked == 1);
}

static void test_an_absent_vhbad_is_heard_when_it_comes(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0", .is_absent = true };

        bench_open(&bench);
        bus_peer_settle(&bench.peer);
        assert(bench.n_asked == 1 && !bench.debts.vhbad.is_synced);
        bench.is_absent = false;
        send_owner(&bench, "", OWNER);
        wait_for(&bench, "2101001b32a90004 0 missing,");
}

static void test_the_last_word_of_a_vhbad_that_goes_stays(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };

        bench_open(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        send_owner(&bench, OWNER, "");
        bus_peer_settle(&bench.peer);
        add_path(&bench, VHBA, 0, 1, "naa.6001");
        debts_check(&bench.debts);
        wait_for(&bench, "");
        (void) path_free(index_take(&bench.inventory.index, &(Hctl){ 6, 0, 1, 0 }));
        debts_check(&bench.debts);
        wait_for(&bench, "2101001b32a90004 0 missing,");

        /* Its successor knows of none. */
        bench.expect = NULL;
        send_owner(&bench, "", OWNER);
        wait_for(&bench, "");
}

static void test_nobody_but_vhbad_is_believed(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };

        bench_open(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        send_expect(&bench, ":1.666", "666");
        send_expect(&bench, OWNER, "5");
        wait_for(&bench, "2101001b32a90004 5 missing,");
        assert(bench.n_changed == 2);
}

static void test_since_when_outlives_a_restart(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };
        uint64_t since_usec;

        bench_open(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        since_usec = bench.debts.list.items[0]->since_usec;
        assert(since_usec > 0);

        /* A life without vhbad, too. */
        bench_stop(&bench);
        bench.is_absent = true;
        bench_start(&bench);
        bench.n_changed = 0;
        add_path(&bench, 1, 0, 1, "naa.6001");
        debts_check(&bench.debts);
        bus_peer_settle(&bench.peer);

        bench_stop(&bench);
        bench.is_absent = false;
        bench_start(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        assert(bench.debts.list.items[0]->since_usec == since_usec);
}

static void test_what_was_paid_while_nobody_looked_is_forgotten(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };
        bool found;

        bench_open(&bench);
        wait_for(&bench, "2101001b32a90004 0 missing,");
        bench_stop(&bench);
        bench.expect = "7";
        bench_start(&bench);
        wait_for(&bench, "2101001b32a90004 7 missing,");
        found = records_find(&bench.guard.records, RECORD_DEBT, "2101001b32a90004 0 missing");
        assert(!found);
}

static double cpu_ms(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static void test_no_turn_takes_long_with_10000_paths(void) {
        _cleanup_(bench_done) Bench bench = { .expect = "0" };
        double longest = 0, all, begin;
        char wwid[40];

        bench_open(&bench);
        for (uint32_t i = 0; i < 10000; i++) {
                (void) snprintf(wwid, sizeof wwid, "naa.6%031" PRIx32, i / 4);
                add_path(&bench, VHBA + i / 40, i / 4, i, wwid);
        }
        while (!bench.debts.vhbad.is_synced || bench.debts.is_running)
                assert(sd_event_run(bench.peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
        debts_check(&bench.debts);
        all = cpu_ms();
        do {
                begin = cpu_ms();
                assert(sd_event_run(bench.peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
                if (cpu_ms() - begin > longest)
                        longest = cpu_ms() - begin;
        } while (!bench.debts.is_running);
        while (bench.debts.is_running) {
                begin = cpu_ms();
                assert(sd_event_run(bench.peer.event, BUS_PEER_DEADLINE_USEC) >= 0);
                if (cpu_ms() - begin > longest)
                        longest = cpu_ms() - begin;
        }
        (void) printf("10,000 paths: the longest turn takes %.2f ms of CPU, all %.1f ms\n", longest,
                      cpu_ms() - all);
        assert(longest < 10);
}

int main(void) {
        log_set_max_priority(LOG_ERR);
        test_what_vhbad_says_at_the_start_and_later_counts();
        test_an_absent_vhbad_is_heard_when_it_comes();
        test_the_last_word_of_a_vhbad_that_goes_stays();
        test_nobody_but_vhbad_is_believed();
        test_since_when_outlives_a_restart();
        test_what_was_paid_while_nobody_looked_is_forgotten();
        test_no_turn_takes_long_with_10000_paths();
        return 0;
}
