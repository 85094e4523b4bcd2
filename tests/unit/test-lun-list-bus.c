/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "lunwatch/manager-bus.h"

#include "bus-peer.h"
#include "fc-tree.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define VHBA 0x2101001b32a90004
#define TARGET 0x500507680b000001

/* So many LUNs over two targets of one vHBA. */
#define N_LUNS 12U
#define N_TARGETS 2U

typedef struct Bench {
        FcTree tree;
        Inventory inventory;
        MapTable maps;
        Manager manager;
        BusPeer peer;
        sd_bus_error error;
        sd_bus_message *reply;
} Bench;

static void add_path(Bench *bench, uint32_t target, uint32_t lun) {
        char wwid[32], disk[16], udev_data[256];
        const FcTreeLun made = {
                .where = { { 6, 0, target, lun }, { 6, 0, target }, true, 5 },
                .wwid = wwid,
                .disk = disk,
                .major = 8,
                .minor = 16 * (lun * N_TARGETS + target),
                .size_bytes = 1 << 20,
                .udev_data = udev_data,
        };

        (void) snprintf(wwid, sizeof wwid, "naa.6001405%08x", lun);
        (void) snprintf(disk, sizeof disk, "sd%u", lun * N_TARGETS + target);
        (void) snprintf(udev_data, sizeof udev_data,
                        "I:1\nS:disk/by-id/wwn-0x6001405%08x\nS:disk/by-path/p-%u-%u\n", lun,
                        target, lun);
        fc_tree_add_lun(&bench->tree, &made);
        fc_tree_add_node(&bench->tree, &made);
}

static void bench_open(Bench *bench) {
        fc_tree_open(&bench->tree);
        fc_tree_add_host(&bench->tree, 5, VHBA + 1, VHBA + 2, false);
        fc_tree_add_host(&bench->tree, 6, VHBA, VHBA + 3, true);
        for (uint32_t target = 0; target < N_TARGETS; target++) {
                fc_tree_add_rport(&bench->tree, &(RportId){ 6, 0, target }, true, TARGET + target);
                for (uint32_t lun = 0; lun < N_LUNS; lun++)
                        add_path(bench, target, lun);
        }
        assert(inventory_open(&bench->inventory, bench->tree.root) == 0);
        assert(inventory_scan(&bench->inventory, 0) == 0);

        bus_peer_open(&bench->peer);
        assert(manager_bus_add(&bench->manager, bench->peer.server, &bench->inventory,
                               &bench->maps) >= 0);
}

static void bench_done(Bench *bench) {
        sd_bus_error_free(&bench->error);
        sd_bus_message_unref(bench->reply);
        bus_peer_done(&bench->peer);
        map_table_done(&bench->maps);
        inventory_done(&bench->inventory);
        fc_tree_done(&bench->tree);
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

static void test_luns_come_in_pages_with_their_generation(void) {
        const char *wwid, *map, *link, *quarantine, *next = "";
        _cleanup_(bench_done) Bench bench = { 0 };
        uint32_t n_paths, n_usable, n = 0;
        uint64_t size, generation;
        char cursor[512] = "";

        bench_open(&bench);
        do {
                ASSERT_CALL("", &bench, "ListLuns", "a{sv}su", 1, "Vhba", "b", 1, cursor, 5U);
                assert(sd_bus_message_enter_container(bench.reply, 'a', "(stuusss)") > 0);
                while (sd_bus_message_read(bench.reply, "(stuusss)", &wwid, &size, &n_paths,
                                           &n_usable, &map, &link, &quarantine) > 0) {
                        assert(n_paths == 2 && n_usable == 2 && size == 1 << 20);
                        assert(strncmp(link, "/dev/disk/by-id/wwn-0x6001405", 29) == 0);
                        assert(!*map && !*quarantine && strncmp(wwid, "naa.6001405", 11) == 0);
                        n++;
                }
                assert(sd_bus_message_exit_container(bench.reply) >= 0);
                assert(sd_bus_message_read(bench.reply, "st", &next, &generation) > 0);
                assert(generation == 1);
                (void) snprintf(cursor, sizeof cursor, "%s", next);
        } while (*cursor);
        assert(n == N_LUNS);
}

static void test_a_lun_is_known_by_all_its_names(void) {
        static const char *const names[] = {
                "naa.600140500000003",
                "600140500000003",
                "wwid:600140500000003",
                "6:0:1:3",
                "sd7",
                "/dev/sd7", /* nodes need root */
        };
        _cleanup_(bench_done) Bench bench = { 0 };
        uint32_t n_paths, n_usable;
        const char *wwid;
        uint64_t size;

        bench_open(&bench);
        for (size_t i = 0; i < ARRAY_LEN(names) - (geteuid() != 0); i++) {
                ASSERT_CALL("", &bench, "GetLun", "s", names[i]);
                assert(sd_bus_message_enter_container(bench.reply, 'r', "stuusss") > 0);
                assert(sd_bus_message_read(bench.reply, "stuu", &wwid, &size, &n_paths, &n_usable) >
                       0);
                assert(strcmp(wwid, "naa.600140500000003") == 0 && n_paths == 2);
        }

        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "GetLun", "s", "naa.6001405");
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "GetLun", "s", "");
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "GetLun", "s", "/dev/sdz");
        assert(strstr(bench.error.message, "/dev/sdz") && strstr(bench.error.message, "WWID"));
}

/* Reads all of a view in pages of 5; how many names there are. */
static unsigned count_names(Bench *bench, const char *source, const char *directory) {
        const char *name, *wwid, *device, *next;
        char cursor[512] = "";
        unsigned n = 0;
        uint64_t size;

        do {
                ASSERT_CALL("", bench, "ListNames", "sssu", source, directory, cursor, 5U);
                assert(sd_bus_message_enter_container(bench->reply, 'a', "(ssst)") > 0);
                while (sd_bus_message_read(bench->reply, "(ssst)", &name, &wwid, &device, &size) >
                       0) {
                        assert(strncmp(name, directory, strlen(directory)) == 0);
                        assert(strncmp(device, "/dev/sd", 7) == 0 && size == 1 << 20);
                        n++;
                }
                assert(sd_bus_message_exit_container(bench->reply) >= 0);
                assert(sd_bus_message_read(bench->reply, "s", &next) > 0);
                (void) snprintf(cursor, sizeof cursor, "%s", next);
        } while (*cursor);

        return n;
}

static void test_the_directory_chooses_paths_or_luns(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        assert(count_names(&bench, "", "/dev/disk/by-path") == N_LUNS * N_TARGETS);
        assert(count_names(&bench, "2101001b32a90004", "/dev/disk/by-path") == N_LUNS * N_TARGETS);
        assert(count_names(&bench, "2101001b32a90004", "/dev/disk/by-id") == N_LUNS);
        assert(count_names(&bench, "2101001b32a90005", "/dev/disk/by-id") == 0);
        assert(count_names(&bench, "", "/dev/disk/by-vhba") == 0);
        assert(count_names(&bench, "", "/dev/mapper") == 0);
        assert(count_names(&bench, "iqn.1993-08.org.debian:01:x", "/dev/disk/by-id") == 0);
}

static void test_an_unknown_directory_lists_the_choices(void) {
        static const char *const others[] = { "", "/dev/disk/by-uuid", "by-path" };
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                ASSERT_CALL(NPIVOT_ERROR_UNKNOWN_DIRECTORY, &bench, "ListNames", "sssu", "",
                            others[i], "", 7U);
                assert(strstr(bench.error.message, "/dev/disk/by-path"));
                assert(strstr(bench.error.message, "/dev/disk/by-vhba"));
                assert(strstr(bench.error.message, "/dev/disk/by-id"));
                assert(strstr(bench.error.message, "/dev/mapper"));
        }
}

static void test_lists_refuse_what_makes_no_sense(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        ASSERT_CALL(NPIVOT_ERROR_LIMIT, &bench, "ListLuns", "a{sv}su", 0, "", 1001U);
        ASSERT_CALL(NPIVOT_ERROR_LIMIT, &bench, "ListNames", "sssu", "", "/dev/mapper", "", 0U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_CURSOR, &bench, "ListLuns", "a{sv}su", 0, "7", 10U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_CURSOR, &bench, "ListNames", "sssu", "", "/dev/disk/by-id",
                    "7", 10U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_CURSOR, &bench, "ListNames", "sssu", "", "/dev/disk/by-path",
                    "wwid:naa.6001405", 10U);
        ASSERT_CALL(NPIVOT_ERROR_INVALID_WWN, &bench, "ListNames", "sssu", "x", "/dev/disk/by-id",
                    "", 10U);
        ASSERT_CALL(NPIVOT_ERROR_BAD_FILTER, &bench, "ListLuns", "a{sv}su", 1, "Map", "b", 1, "",
                    10U);
}

static void test_luns_are_counted(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        uint32_t count;

        bench_open(&bench);
        assert(bus_peer_get(&bench.peer, &bench.error, &bench.reply, MANAGER_PATH,
                            MANAGER_INTERFACE, "LunCount", "u") >= 0);
        assert(sd_bus_message_read(bench.reply, "u", &count) > 0 && count == N_LUNS);
}

#define DISK_DIR \
        "devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-1/target6:0:1/6:0:1:3/" \
        "block/sd7"

static void test_a_partition_stands_for_its_disk(void) {
        const FcTreeLun partition = { .disk = "sd7p1", .major = 259, .minor = 1 };
        static const char *const names[] = { "sd7p1", "/dev/sd7p1", "/dev/disk/by-id/x-part1" };
        _cleanup_(bench_done) Bench bench = { 0 };
        const char *hctl;

        bench_open(&bench);
        fc_tree_write(&bench.tree, "sys/" DISK_DIR "/sd7p1/dev", "259:1\n");
        fc_tree_link(&bench.tree, "../../" DISK_DIR "/sd7p1", "sys/class/block/sd7p1");
        fc_tree_link(&bench.tree, "../../" DISK_DIR "/sd7p1", "sys/dev/block/259:1");
        fc_tree_link(&bench.tree, "../../devices/virtual/block/dm-0", "sys/class/block/dm-0");
        fc_tree_link(&bench.tree, "../../sd7p1", "dev/disk/by-id/x-part1");
        fc_tree_add_node(&bench.tree, &partition);

        for (size_t i = 0; i < (geteuid() == 0 ? ARRAY_LEN(names) : 1); i++) {
                ASSERT_CALL("", &bench, "GetPath", "s", names[i]);
                assert(sd_bus_message_enter_container(bench.reply, 'r', "sssssstssssssutbsas") > 0);
                assert(sd_bus_message_read(bench.reply, "s", &hctl) > 0);
                assert(strcmp(hctl, "6:0:1:3") == 0);
        }

        ASSERT_CALL(NPIVOT_ERROR_NO_SUCH_PATH, &bench, "GetPath", "s", "dm-0");
        ASSERT_CALL(NPIVOT_ERROR_NO_SUCH_PATH, &bench, "GetPath", "s", "../class/block/sd7p1");
        ASSERT_CALL(NPIVOT_ERROR_NO_SUCH_PATH, &bench, "GetPath", "s", "..");
}

/* A map of the paths of this LUN. */
static void add_map(Bench *bench, uint32_t lun) {
        static const char *const link = "/dev/disk/by-id/dm-uuid-mpath-36001405";
        Map *map = calloc(1, sizeof *map), *old;

        assert(map);
        *map = (Map){ .device = "dm-3", .name = "mpatha", .kind = MAP_MULTIPATH };
        (void) snprintf(map->wwid, sizeof map->wwid, "naa.6001405%08x", lun);
        (void) snprintf(map->uuid, sizeof map->uuid, "mpath-36001405%08x", lun);
        map->size_bytes = 1 << 20;
        map->links = calloc(3, sizeof *map->links);
        map->members = calloc(N_TARGETS, sizeof *map->members);
        assert(map->links && map->members);
        map->links[0] = strdup("/dev/mapper/mpatha");
        map->links[1] = strdup(link);
        map->n_members = N_TARGETS;
        for (uint32_t i = 0; i < N_TARGETS; i++)
                (void) snprintf(map->members[i].device, sizeof map->members[i].device, "sd%u",
                                lun * N_TARGETS + i);
        assert(map_table_put(&bench->maps, map, &old) == 0 && !old);
}

static void test_a_lun_goes_by_its_map_where_it_has_one(void) {
        const char *wwid, *map, *link, *quarantine, *name, *device;
        _cleanup_(bench_done) Bench bench = { 0 };
        uint32_t n_paths, n_usable;
        uint64_t size;

        bench_open(&bench);
        add_map(&bench, 3);
        ASSERT_CALL("", &bench, "GetLun", "s", "mpatha");
        assert(sd_bus_message_read(bench.reply, "(stuusss)", &wwid, &size, &n_paths, &n_usable,
                                   &map, &link, &quarantine) > 0);
        assert(strcmp(wwid, "naa.600140500000003") == 0 && n_paths == 2);
        assert(strcmp(map, "mpatha") == 0);
        assert(strcmp(link, "/dev/disk/by-id/dm-uuid-mpath-36001405") == 0);
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "GetLun", "s", "mpathb");
        ASSERT_CALL(NPIVOT_ERROR_NO_LUN, &bench, "GetLun", "s", "2101001b32a90004");

        ASSERT_CALL("", &bench, "ListNames", "sssu", "", "/dev/mapper", "", 5U);
        assert(sd_bus_message_read(bench.reply, "a(ssst)", 1, &name, &wwid, &device, &size) > 0);
        assert(strcmp(name, "/dev/mapper/mpatha") == 0 && strcmp(device, "/dev/dm-3") == 0);
}

static PathQuarantine judge(void *userdata, const Path *path) {
        return path->key.hctl.lun == 3 && path->key.hctl.target == 1 ? QUARANTINE_SIZE
                                                                     : QUARANTINE_NONE;
}

static void on_removed(void *userdata, const Path *path, bool is_deliberate) {
}

static void describe(void *userdata, const Path *path, FILE *f) {
        (void) fprintf(f, "It was small and is large.");
}

static void test_a_quarantined_lun_is_refused_with_what_it_was(void) {
        static const InventoryGuard guard = {
                .judge = judge,
                .removed = on_removed,
                .describe = describe,
        };
        const char *link, *wwid, *map, *quarantine;
        _cleanup_(bench_done) Bench bench = { 0 };
        uint32_t n_paths, n_usable;
        uint64_t size;

        bench_open(&bench);
        bench.inventory.guard = &guard;
        assert(inventory_judge_again(&bench.inventory, index_find_hctl(&bench.inventory.index,
                                                                       &(Hctl){ 6, 0, 1, 3 })) ==
               1);

        ASSERT_CALL(NPIVOT_ERROR_QUARANTINED, &bench, "Lookup", "sss", "2101001b32a90004", "", "3");
        assert(strstr(bench.error.message, "6:0:1:3"));
        assert(strstr(bench.error.message, "It was small and is large."));
        assert(strstr(bench.error.message, "npivot lun release"));
        ASSERT_CALL("", &bench, "Lookup", "sss", "2101001b32a90004", "", "4");

        ASSERT_CALL("", &bench, "GetLun", "s", "6:0:0:3");
        assert(sd_bus_message_read(bench.reply, "(stuusss)", &wwid, &size, &n_paths, &n_usable,
                                   &map, &link, &quarantine) > 0);
        assert(n_paths == 2 && n_usable == 1 && strcmp(quarantine, "size-changed") == 0);
}

int main(void) {
        test_luns_come_in_pages_with_their_generation();
        test_a_lun_is_known_by_all_its_names();
        test_the_directory_chooses_paths_or_luns();
        test_an_unknown_directory_lists_the_choices();
        test_lists_refuse_what_makes_no_sense();
        test_luns_are_counted();
        test_a_partition_stands_for_its_disk();
        test_a_lun_goes_by_its_map_where_it_has_one();
        test_a_quarantined_lun_is_refused_with_what_it_was();
        return 0;
}
