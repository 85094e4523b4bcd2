/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "lunwatch/manager-bus.h"

#include "bus-peer.h"
#include "fc-tree.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define VHBA 0x2101001b32a90004
#define NODE 0x2001001b32a90004
#define TARGET 0x500507680b000001

#define ONE "(sssssstssssssutbsas)"

static const RportId rport = { 6, 0, 2 };

typedef struct Bench {
        FcTree tree;
        Inventory inventory;
        MapTable maps;
        Manager manager;
        BusPeer peer;
        sd_bus_error error;
        sd_bus_message *reply;

        /* What came with Changed. */
        uint64_t generation;
        unsigned n_signals, n_changes;
        char changes[256]; /* of the first few: "added sdb;" */
} Bench;

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *kind, *cause, *device;
        Bench *bench = userdata;

        bench->n_signals++;
        assert(sd_bus_message_read(m, "t", &bench->generation) > 0);
        assert(sd_bus_message_enter_container(m, 'a', "(ss" ONE ")") > 0);
        while (sd_bus_message_enter_container(m, 'r', "ss" ONE) > 0) {
                size_t used = strlen(bench->changes);

                assert(sd_bus_message_read(m, "ss", &kind, &cause) > 0);
                assert(*cause);
                assert(sd_bus_message_enter_container(m, 'r', "sssssstssssssutbsas") > 0);
                assert(sd_bus_message_skip(m, "sssssst") > 0);
                assert(sd_bus_message_skip(m, "s") > 0);
                assert(sd_bus_message_read(m, "s", &device) > 0);
                assert(sd_bus_message_skip(m, "ssssutbsas") > 0);
                assert(sd_bus_message_exit_container(m) >= 0);
                assert(sd_bus_message_exit_container(m) >= 0);
                (void) snprintf(bench->changes + used, sizeof bench->changes - used, "%s %s;", kind,
                                device);
                bench->n_changes++;
        }
        return 0;
}

static void bench_open(Bench *bench) {
        fc_tree_open(&bench->tree);
        fc_tree_add_host(&bench->tree, 5, 0x21000024ff000005, NODE, false);
        fc_tree_add_host(&bench->tree, 6, VHBA, NODE, true);
        fc_tree_add_host(&bench->tree, 7, VHBA + 1, NODE, true);
        fc_tree_add_rport(&bench->tree, &rport, true, TARGET);
        assert(inventory_open(&bench->inventory, bench->tree.root) == 0);

        bus_peer_open(&bench->peer);
        assert(manager_bus_add(&bench->manager, bench->peer.server, &bench->inventory,
                               &bench->maps) >= 0);
        assert(sd_bus_match_signal(bench->peer.client, NULL, NULL, MANAGER_PATH, MANAGER_INTERFACE,
                                   "Changed", on_changed, bench) >= 0);
}

static void bench_done(Bench *bench) {
        sd_bus_error_free(&bench->error);
        sd_bus_message_unref(bench->reply);
        bus_peer_done(&bench->peer);
        inventory_done(&bench->inventory);
        fc_tree_done(&bench->tree);
}

static void add_lun(Bench *bench, uint32_t number) {
        char wwid[32], disk[16], udev_data[256];
        const FcTreeLun lun = {
                .where = { { 6, 0, 1, number }, rport, true, 5, PATH_FC },
                .wwid = wwid,
                .disk = disk,
                .major = 8,
                .minor = number,
                .size_bytes = 1 << 20,
                .udev_data = udev_data,
        };

        (void) snprintf(wwid, sizeof wwid, "naa.6001405%08x", number);
        (void) snprintf(disk, sizeof disk, "sd%u", number);
        (void) snprintf(udev_data, sizeof udev_data,
                        "I:1\nS:disk/by-path/z-%u\nS:disk/by-id/a-%u\n"
                        "S:disk/by-vhba/%016" PRIx64 "-%016" PRIx64 "-lun-%u\n",
                        number, number, (Wwn) VHBA, (Wwn) TARGET, number);
        fc_tree_add_lun(&bench->tree, &lun);
        fc_tree_add_node(&bench->tree, &lun);
        assert(inventory_update(&bench->inventory, &lun.where, 0) == 1);
}

/* The name of the error, or "" when the call went well. */
static const char *call(Bench *bench, const char *member, const char *types, ...) {
        sd_bus_message *question = NULL;
        va_list ap;

        sd_bus_error_free(&bench->error);
        bench->reply = sd_bus_message_unref(bench->reply);
        assert(sd_bus_message_new_method_call(bench->peer.client, &question, NULL, MANAGER_PATH,
                                              MANAGER_INTERFACE, member) >= 0);
        va_start(ap, types);
        assert(sd_bus_message_appendv(question, types, ap) >= 0);
        va_end(ap);

        if (bus_peer_send(&bench->peer, question, &bench->error, &bench->reply) < 0)
                return bench->error.name;
        return "";
}

#define ASSERT_CALL(expected, ...) assert(strcmp(call(__VA_ARGS__), (expected)) == 0)

static void test_lookup_answers_with_link_wwid_and_paths(void) {
        const char *link, *wwid, *hctl, *initiator, *node, *target, *path_wwid, *device, *state;
        const char *rport_state, *transport, *hba, *sg, *access, *quarantine, *first, *second,
                *third;
        _cleanup_(bench_done) Bench bench = { 0 };
        uint64_t lun, size_bytes;
        uint32_t group;
        int is_vhba;

        bench_open(&bench);
        add_lun(&bench, 3);
        ASSERT_CALL("", &bench, "Lookup", "sss", "21:01:00:1b:32:a9:00:04", "0x2001001B32A90004",
                    "3");

        assert(sd_bus_message_read(bench.reply, "ss", &link, &wwid) > 0);
        assert(strcmp(link, "/dev/disk/by-vhba/2101001b32a90004-500507680b000001-lun-3") == 0);
        assert(strcmp(wwid, "naa.600140500000003") == 0);

        assert(sd_bus_message_read(bench.reply, "a" ONE, 1, &hctl, &transport, &initiator, &node,
                                   &hba, &target, &lun, &path_wwid, &device, &sg, &state,
                                   &rport_state, &access, &group, &size_bytes, &is_vhba,
                                   &quarantine, 3, &first, &second, &third) > 0);
        assert(strcmp(transport, "fc") == 0 && strcmp(hba, "21000024ff000005") == 0);
        assert(strcmp(sg, "") == 0 && strcmp(access, "") == 0 && group == UINT32_MAX);
        assert(strcmp(quarantine, "") == 0);
        assert(strcmp(hctl, "6:0:1:3") == 0);
        assert(strcmp(initiator, "2101001b32a90004") == 0);
        assert(strcmp(node, "2001001b32a90004") == 0);
        assert(strcmp(target, "500507680b000001") == 0);
        assert(lun == 3 && size_bytes == 1 << 20 && is_vhba);
        assert(strcmp(path_wwid, wwid) == 0 && strcmp(device, "/dev/sd3") == 0);
        assert(strcmp(state, "running") == 0 && strcmp(rport_state, "Online") == 0);
        assert(strcmp(first, link) == 0);
        assert(strcmp(second, "/dev/disk/by-id/a-3") == 0);
        assert(strcmp(third, "/dev/disk/by-path/z-3") == 0);
}

static void test_lookup_refuses_by_name_and_says_why(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        add_lun(&bench, 3);
        add_lun(&bench, 4);

        ASSERT_CALL(NPIVOT_ERROR_INVALID_WWN, &bench, "Lookup", "sss", "host6", "", "");
        ASSERT_CALL(NPIVOT_ERROR_INVALID_WWN, &bench, "Lookup", "sss", "2101001b32a90004", "x", "");
        ASSERT_CALL(SD_BUS_ERROR_INVALID_ARGS, &bench, "Lookup", "sss", "2101001b32a90004", "",
                    "first");
        ASSERT_CALL(NPIVOT_ERROR_AMBIGUOUS_LUN, &bench, "Lookup", "sss", "2101001b32a90004", "",
                    "");
        assert(strstr(bench.error.message, "LUN 3") && strstr(bench.error.message, "LUN 4"));
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "Lookup", "sss", "2101001b32a90004", "", "5");
        assert(strstr(bench.error.message, "there is LUN 3"));
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "Lookup", "sss", "2101001b32a90004",
                    "2001001b32a90005", "3");
        assert(strstr(bench.error.message, "2001001b32a90004"));
}

static void test_an_initiator_without_luns_is_told_from_none(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "Lookup", "sss", "2101001b32a90005", "", "");
        assert(strstr(bench.error.message, "host7, port state “Online”"));
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "Lookup", "sss", "2101001b32a90006", "", "");
        assert(strstr(bench.error.message, "No HBA or vHBA"));
}

static volatile sig_atomic_t is_ended;

static void on_term(int signal_number) {
        is_ended = 1;
}

/* Renames until it is killed: what udev and every package manager do, only more so. */
static pid_t rename_for_ever(void) {
        char from[] = "/tmp/test-lun-bus.XXXXXX", to[64];
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid > 0)
                return pid;

        assert(prctl(PR_SET_PDEATHSIG, SIGTERM) >= 0);
        assert(mkdtemp(from));
        (void) snprintf(to, sizeof to, "%s.to", from);
        (void) signal(SIGTERM, on_term);
        while (!is_ended) {
                (void) rename(from, to);
                (void) rename(to, from);
        }
        (void) rmdir(from);
        _exit(EXIT_SUCCESS);
}

static void test_a_link_is_followed_while_files_are_renamed_elsewhere(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        pid_t pid;

        if (geteuid() != 0) /* device nodes need root */
                return;

        bench_open(&bench);
        add_lun(&bench, 3);
        fc_tree_link(&bench.tree, "../../sd3", "dev/disk/by-id/a-3");
        pid = rename_for_ever();
        for (unsigned i = 0; i < 2000; i++)
                ASSERT_CALL("", &bench, "GetPath", "s", "/dev/disk/by-id/a-3");
        assert(kill(pid, SIGTERM) >= 0);
        assert(waitpid(pid, NULL, 0) == pid);
}

static void test_a_path_is_known_by_all_its_names(void) {
        static const char *const names[] = { "6:0:1:3", "sd3", "/dev/sd3", "/dev/disk/by-id/a-3" };
        _cleanup_(bench_done) Bench bench = { 0 };
        const char *hctl;

        bench_open(&bench);
        add_lun(&bench, 3);
        fc_tree_link(&bench.tree, "../../sd3", "dev/disk/by-id/a-3");

        /* Device nodes need root. */
        for (size_t i = 0; i < (geteuid() == 0 ? ARRAY_LEN(names) : 2); i++) {
                ASSERT_CALL("", &bench, "GetPath", "s", names[i]);
                assert(sd_bus_message_enter_container(bench.reply, 'r', "sssssstssssssutbsas") > 0);
                assert(sd_bus_message_read(bench.reply, "s", &hctl) > 0);
                assert(strcmp(hctl, "6:0:1:3") == 0);
        }
}

static void test_other_names_are_no_path(void) {
        static const char *const names[] = { "",         "6:0:1:4",     "sda",
                                             "/dev/sda", "/dev/../sys", "/etc/passwd",
                                             "/dev/",    "sd3 " };
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        add_lun(&bench, 3);
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                ASSERT_CALL(NPIVOT_ERROR_NO_SUCH_PATH, &bench, "GetPath", "s", names[i]);
}

/* Reads a page of 10; the number of paths in it. */
static unsigned read_page(Bench *bench, char *cursor, size_t size, uint64_t *ret_generation) {
        const char *next;
        unsigned n = 0;

        ASSERT_CALL("", bench, "ListPaths", "a{sv}su", 1, "Vhba", "b", 1, cursor, 10U);
        assert(sd_bus_message_enter_container(bench->reply, 'a', ONE) > 0);
        for (; sd_bus_message_at_end(bench->reply, false) == 0; n++)
                assert(sd_bus_message_skip(bench->reply, ONE) > 0);
        assert(sd_bus_message_exit_container(bench->reply) >= 0);
        assert(sd_bus_message_read(bench->reply, "st", &next, ret_generation) > 0);
        (void) snprintf(cursor, size, "%s", next);
        return n;
}

static void test_a_list_comes_in_pages_with_its_generation(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        char cursor[128] = "";
        uint64_t generation;

        bench_open(&bench);
        for (uint32_t i = 0; i < 25; i++)
                add_lun(&bench, i);

        assert(read_page(&bench, cursor, sizeof cursor, &generation) == 10 && *cursor);
        assert(generation == 1);
        assert(read_page(&bench, cursor, sizeof cursor, &generation) == 10 && *cursor);
        assert(generation == 1);
        add_lun(&bench, 30);
        assert(read_page(&bench, cursor, sizeof cursor, &generation) == 6 && !*cursor);
        assert(generation == 2);
}

static void test_lists_refuse_what_makes_no_sense(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        ASSERT_CALL(NPIVOT_ERROR_LIMIT, &bench, "ListPaths", "a{sv}su", 0, "", 0U);
        ASSERT_CALL(NPIVOT_ERROR_LIMIT, &bench, "ListPaths", "a{sv}su", 0, "", 1001U);
        ASSERT_CALL(NPIVOT_ERROR_LIMIT, &bench, "ListPaths", "a{sv}su", 0, "", UINT32_MAX);
        ASSERT_CALL(NPIVOT_ERROR_BAD_CURSOR, &bench, "ListPaths", "a{sv}su", 0, "1", 10U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_FILTER, &bench, "ListPaths", "a{sv}su", 1, "Colour", "s",
                    "red", "", 10U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_FILTER, &bench, "ListPaths", "a{sv}su", 1, "Vhba", "s", "yes",
                    "", 10U);
        ASSERT_CALL(NPIVOT_ERROR_INVALID_WWN, &bench, "ListPaths", "a{sv}su", 1, "Target", "s", "0",
                    "", 10U);
}

static void test_changes_are_told_together(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        add_lun(&bench, 1);
        add_lun(&bench, 2);
        assert(manager_bus_tell(&bench.manager) == 0);
        bus_peer_settle(&bench.peer);
        assert(bench.n_signals == 1 && bench.generation == 1);
        assert(strcmp(bench.changes, "added /dev/sd1;added /dev/sd2;") == 0);

        assert(manager_bus_tell(&bench.manager) == 0);
        bus_peer_settle(&bench.peer);
        assert(bench.n_signals == 1);

        assert(inventory_remove(&bench.inventory, &(Hctl){ 6, 0, 1, 1 }) == 1);
        assert(manager_bus_tell(&bench.manager) == 0);
        bus_peer_settle(&bench.peer);
        assert(bench.n_signals == 2 && bench.generation == 2);
        assert(strstr(bench.changes, ";removed /dev/sd1;"));
}

static void test_many_changes_are_told_in_parts(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        for (uint32_t i = 0; i < 2500; i++)
                add_lun(&bench, i);
        assert(manager_bus_tell(&bench.manager) == 0);
        bus_peer_settle(&bench.peer);
        assert(bench.n_signals == 3 && bench.generation == 3 && bench.n_changes == 2500);
}

static void test_properties_say_how_many_and_since_when(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        const char *version;
        uint64_t generation;
        uint32_t count;

        bench_open(&bench);
        add_lun(&bench, 1);
        assert(manager_bus_tell(&bench.manager) == 0);

        assert(bus_peer_get(&bench.peer, &bench.error, &bench.reply, MANAGER_PATH,
                            MANAGER_INTERFACE, "PathCount", "u") >= 0);
        assert(sd_bus_message_read(bench.reply, "u", &count) > 0 && count == 1);
        bench.reply = sd_bus_message_unref(bench.reply);
        assert(bus_peer_get(&bench.peer, &bench.error, &bench.reply, MANAGER_PATH,
                            MANAGER_INTERFACE, "Generation", "t") >= 0);
        assert(sd_bus_message_read(bench.reply, "t", &generation) > 0 && generation == 1);
        bench.reply = sd_bus_message_unref(bench.reply);
        assert(bus_peer_get(&bench.peer, &bench.error, &bench.reply, MANAGER_PATH,
                            MANAGER_INTERFACE, "Version", "s") >= 0);
        assert(sd_bus_message_read(bench.reply, "s", &version) > 0);
        assert(strcmp(version, NPIVOT_VERSION) == 0);
}

int main(void) {
        test_lookup_answers_with_link_wwid_and_paths();
        test_lookup_refuses_by_name_and_says_why();
        test_an_initiator_without_luns_is_told_from_none();
        test_a_link_is_followed_while_files_are_renamed_elsewhere();
        test_a_path_is_known_by_all_its_names();
        test_other_names_are_no_path();
        test_a_list_comes_in_pages_with_its_generation();
        test_lists_refuse_what_makes_no_sense();
        test_changes_are_told_together();
        test_many_changes_are_told_in_parts();
        test_properties_say_how_many_and_since_when();
        return 0;
}
