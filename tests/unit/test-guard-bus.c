/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/guard-bus.h"

#include "common/bus-error.h"
#include "common/log.h"
#include "lunwatch/manager-bus.h"
#include "tests/unit/bus-peer.h"
#include "tests/unit/fc-tree.h"

#include <string.h>

#define VHBA 0x2101001b32a90004
#define TARGET 0x500507680b000001
#define KEY "2101001b32a90004-500507680b000001-lun-3"
#define A "naa.6001405000000010000400080000000a"
#define B "naa.6001405000000010000400080000000b"

static const RportId rport = { 6, 0, 1 };

typedef struct Bench {
        FcTree tree;
        Inventory inventory;
        BusPeer peer;
        Guard guard;
        PathGuard path_guard;
        Debts debts;
        MapTable maps;
        Tell tell;
        GuardBus bus;
        unsigned n_told;
        sd_bus_error error;
        sd_bus_message *reply;
} Bench;

static void on_tell(void *userdata) {
        Bench *bench = userdata;

        bench->n_told++;
}

static void bench_open(Bench *bench) {
        fc_tree_open(&bench->tree);
        fc_tree_add_host(&bench->tree, 6, VHBA, 1, true);
        fc_tree_add_rport(&bench->tree, &rport, true, TARGET);
        assert(inventory_open(&bench->inventory, bench->tree.root) == 0);
        bus_peer_open(&bench->peer);
        assert(guard_open(&bench->guard, -EBADF) == 0);
        path_guard_attach(&bench->path_guard, &bench->guard, &bench->inventory);
        assert(tell_start(&bench->tell, bench->peer.event, on_tell, bench) >= 0);
        bench->bus = (GuardBus){
                .inventory = &bench->inventory,
                .guard = &bench->guard,
                .debts = &bench->debts,
                .maps = &bench->maps,
                .tell = &bench->tell,
        };
        assert(guard_bus_add(&bench->bus, bench->peer.server) >= 0);
}

static void bench_done(Bench *bench) {
        sd_bus_error_free(&bench->error);
        sd_bus_message_unref(bench->reply);
        tell_done(&bench->tell);
        debt_list_done(&bench->debts.list);
        map_table_done(&bench->maps);
        bus_peer_done(&bench->peer);
        inventory_done(&bench->inventory);
        guard_done(&bench->guard);
        fc_tree_done(&bench->tree);
}

static void show_lun(Bench *bench, const char *wwid, uint64_t size_bytes) {
        const FcTreeLun lun = {
                .where = { { 6, 0, 1, 3 }, rport, true },
                .wwid = wwid,
                .disk = "sdc",
                .major = 8,
                .minor = 32,
                .size_bytes = size_bytes,
                .udev_data = "I:1\n",
        };

        fc_tree_add_lun(&bench->tree, &lun);
        assert(inventory_update(&bench->inventory, &lun.where, 0) >= 0);
}

static const Path *the_path(const Bench *bench) {
        return index_find_hctl(&bench->inventory.index, &(Hctl){ 6, 0, 1, 3 });
}

static int call(Bench *bench, const char *member, const char *types, const char *name) {
        sd_bus_error_free(&bench->error);
        bench->reply = sd_bus_message_unref(bench->reply);
        return bus_peer_call(&bench->peer, &bench->error, &bench->reply, MANAGER_PATH,
                             GUARD_INTERFACE, member, types, name);
}

static uint32_t count(Bench *bench, const char *property) {
        uint32_t n;

        bench->reply = sd_bus_message_unref(bench->reply);
        assert(bus_peer_get(&bench->peer, &bench->error, &bench->reply, MANAGER_PATH,
                            GUARD_INTERFACE, property, "u") >= 0);
        assert(sd_bus_message_read(bench->reply, "u", &n) > 0);
        return n;
}

static void test_what_is_in_quarantine_is_listed(void) {
        const char *what, *key, *device, *cause, *then, *now;
        _cleanup_(bench_done) Bench bench = { 0 };
        uint64_t since_usec;

        bench_open(&bench);
        show_lun(&bench, A, 1 << 30);
        assert(count(&bench, "QuarantinedCount") == 0);
        show_lun(&bench, B, 1 << 30);
        assert(the_path(&bench)->quarantine == QUARANTINE_WWID);

        assert(call(&bench, "ListQuarantined", NULL, NULL) >= 0);
        assert(sd_bus_message_read(bench.reply, "a(sssssst)", 1, &what, &key, &device, &cause,
                                   &then, &now, &since_usec) > 0);
        assert(strcmp(what, "path") == 0 && strcmp(key, KEY) == 0);
        assert(strcmp(device, "/dev/sdc") == 0 && strcmp(cause, "wwid-changed") == 0);
        assert(strcmp(then, A " 1 GiB") == 0 && strcmp(now, B " 1 GiB") == 0);
        assert(since_usec > 0 && count(&bench, "QuarantinedCount") == 1);
}

static void test_what_has_gone_is_listed_without_a_device(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        const char *key, *device;

        bench_open(&bench);
        show_lun(&bench, A, 512);
        show_lun(&bench, A, 1024);
        fc_tree_write(&bench.tree, "sys/class/fc_remote_ports/rport-6:0-1/port_state",
                      "Not Present\n");
        assert(inventory_remove(&bench.inventory, &(Hctl){ 6, 0, 1, 3 }) == 1);
        assert(call(&bench, "ListQuarantined", NULL, NULL) >= 0);
        assert(sd_bus_message_enter_container(bench.reply, 'a', "(sssssst)") > 0);
        assert(sd_bus_message_enter_container(bench.reply, 'r', "sssssst") > 0);
        assert(sd_bus_message_read(bench.reply, "sss", NULL, &key, &device) > 0);
        assert(strcmp(key, KEY) == 0 && strcmp(device, "") == 0);
        assert(call(&bench, "Release", "s", KEY) >= 0);
        assert(count(&bench, "QuarantinedCount") == 0);
}

static void test_release_finds_what_is_meant_and_nothing_else(void) {
        static const char *const names[] = { "sdc",
                                             "6:0:1:3",
                                             KEY,
                                             A,
                                             B,
                                             "wwid:6001405000000010000400080000000B",
                                             "36001405000000010000400080000000a" };
        static const char *const others[] = { "",     "sdd", "6:0:1:4",    "naa.6001",
                                              "naa.", "3",   "/dev/../sdc" };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(bench_done) Bench bench = { 0 };
                uint32_t n;

                bench_open(&bench);
                show_lun(&bench, A, 512);
                show_lun(&bench, B, 512);
                for (size_t k = 0; k < ARRAY_LEN(others); k++) {
                        assert(call(&bench, "Release", "s", others[k]) < 0);
                        assert(strcmp(bench.error.name, NPIVOT_ERROR_NOT_QUARANTINED) == 0);
                }
                assert(call(&bench, "Release", "s", names[i]) >= 0);
                assert(sd_bus_message_read(bench.reply, "u", &n) > 0 && n == 1);
                assert(the_path(&bench)->quarantine == QUARANTINE_NONE);
                bus_peer_settle(&bench.peer);
                assert(bench.n_told == 1);
                assert(call(&bench, "Release", "s", names[i]) < 0);
        }
}

static void show_map(Bench *bench, const char *uuid) {
        Map *map = calloc(1, sizeof *map), *old;

        assert(map);
        (void) strcpy(map->device, "dm-3");
        (void) strcpy(map->name, "mpatha");
        (void) strcpy(map->uuid, uuid);
        map->kind = MAP_MULTIPATH;
        map->size_bytes = 1 << 30;
        map->members = calloc(1, sizeof *map->members);
        map->holders = calloc(1, sizeof *map->holders);
        map->links = calloc(1, sizeof *map->links);
        (void) guard_judge(&bench->guard, RECORD_MAP, map->name,
                           &(Identity){ map->uuid, map->size_bytes }, NULL);
        assert(map_table_put(&bench->maps, map, &old) >= 0);
        (void) map_free(old);
}

static void test_a_map_is_listed_and_released_by_its_names(void) {
        static const char *const names[] = { "mpatha", "dm-3", A,
                                             "36001405000000010000400080000000b" };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(bench_done) Bench bench = { 0 };
                const char *what, *key, *device;

                bench_open(&bench);
                show_map(&bench, "mpath-36001405000000010000400080000000a");
                show_map(&bench, "mpath-36001405000000010000400080000000b");
                assert(call(&bench, "ListQuarantined", NULL, NULL) >= 0);
                assert(sd_bus_message_enter_container(bench.reply, 'a', "(sssssst)") > 0);
                assert(sd_bus_message_enter_container(bench.reply, 'r', "sssssst") > 0);
                assert(sd_bus_message_read(bench.reply, "sss", &what, &key, &device) > 0);
                assert(strcmp(what, "map") == 0 && strcmp(key, "mpatha") == 0);
                assert(strcmp(device, "/dev/dm-3") == 0);
                assert(call(&bench, "Release", "s", "mpathb") < 0);
                assert(call(&bench, "Release", "s", names[i]) >= 0);
                assert(count(&bench, "QuarantinedCount") == 0);
        }
}

static void test_what_was_removed_on_purpose_is_forgotten(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        show_lun(&bench, A, 512);
        assert(inventory_remove(&bench.inventory, &(Hctl){ 6, 0, 1, 3 }) == 1);
        show_lun(&bench, B, 512);
        assert(the_path(&bench)->quarantine == QUARANTINE_NONE);
}

static void test_what_is_owed_is_listed(void) {
        const char *initiator, *lun, *wwid, *kind, *words;
        _cleanup_(bench_done) Bench bench = { 0 };
        uint64_t since_usec;

        bench_open(&bench);
        assert(debt_list_add(&bench.debts.list, DEBT_MISSING, "i", "0", A, "words") == 1);
        bench.debts.list.items[0]->since_usec = 7;
        assert(call(&bench, "ListDebt", NULL, NULL) >= 0);
        assert(sd_bus_message_read(bench.reply, "a(ssssst)", 1, &initiator, &lun, &wwid, &kind,
                                   &words, &since_usec) > 0);
        assert(strcmp(initiator, "i") == 0 && strcmp(lun, "0") == 0 && strcmp(wwid, A) == 0);
        assert(strcmp(kind, "missing") == 0 && strcmp(words, "words") == 0 && since_usec == 7);
        assert(count(&bench, "DebtCount") == 1);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        unsigned *n = userdata;

        ++*n;
        return 0;
}

static void test_counts_and_debts_are_told(void) {
        unsigned n_properties = 0, n_debts = 0;
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        assert(sd_bus_match_signal(bench.peer.client, NULL, NULL, MANAGER_PATH,
                                   "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                   on_signal, &n_properties) >= 0);
        assert(sd_bus_match_signal(bench.peer.client, NULL, NULL, MANAGER_PATH, GUARD_INTERFACE,
                                   "DebtChanged", on_signal, &n_debts) >= 0);
        show_lun(&bench, A, 512);
        guard_bus_tell(&bench.bus);
        show_lun(&bench, B, 512);
        guard_bus_tell(&bench.bus);
        guard_bus_tell(&bench.bus);
        guard_bus_tell_debts(&bench.bus);
        bus_peer_settle(&bench.peer);
        assert(n_properties == 2 && n_debts == 1);
}

int main(void) {
        log_set_max_priority(LOG_ERR);
        test_what_is_in_quarantine_is_listed();
        test_what_has_gone_is_listed_without_a_device();
        test_release_finds_what_is_meant_and_nothing_else();
        test_a_map_is_listed_and_released_by_its_names();
        test_what_was_removed_on_purpose_is_forgotten();
        test_what_is_owed_is_listed();
        test_counts_and_debts_are_told();
        return 0;
}
