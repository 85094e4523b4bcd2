/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/inventory.h"

#include "fc-tree.h"

#include <assert.h>
#include <string.h>

#define HBA 0x21000024ff000005
#define VHBA 0x2101001b32a90004
#define NODE 0x2001001b32a90004
#define TARGET 0x500507680b000001

#define SWEEP_DEVICES 256

static const RportId rport = { 6, 0, 2 };

#define LUN(n, letter) \
        { \
                .where = { { 6, 0, 1, (n) }, { 6, 0, 2 }, true }, .wwid = "naa.600140" #n, \
                .disk = "sd" letter, .major = 8, .minor = 16 * (n), .size_bytes = 1 << 20, \
                .udev_data = "S:disk/by-id/wwn-0x600140" #n "\n" \
                             "S:disk/by-vhba/2101001b32a90004-500507680b000001-lun-" #n "\n" \
                             "I:1\n" \
        }

static const FcTreeLun lun1 = LUN(1, "b");
static const FcTreeLun lun2 = LUN(2, "c");

typedef struct Host {
        FcTree tree;
        Inventory inventory;
} Host;

static void host_open(Host *host) {
        fc_tree_open(&host->tree);
        fc_tree_add_host(&host->tree, 5, HBA, NODE, false);
        fc_tree_add_host(&host->tree, 6, VHBA, NODE, true);
        fc_tree_add_rport(&host->tree, &rport, true, TARGET);
        assert(inventory_open(&host->inventory, host->tree.root) == 0);
}

static void host_done(Host *host) {
        inventory_done(&host->inventory);
        fc_tree_done(&host->tree);
}

/* What subscribers are told, as "+sdb~sdc-sdd". */
static void on_change(ChangeKind kind, const char *cause, const Path *path, void *userdata) {
        char *told = userdata;

        (void) sprintf(told + strlen(told), "%c%s", "+-~"[kind], path_name(path));
}

static const char *told(Host *host) {
        static char text[4096];

        text[0] = '\0';
        changes_flush(&host->inventory.changes, &host->inventory.index, on_change, text);
        return text;
}

#define ASSERT_TOLD(host, what) assert(strcmp(told(host), (what)) == 0)

static void scan(Host *host) {
        assert(inventory_scan(&host->inventory, 0) >= 0);
}

static void update(Host *host, const FcTreeLun *lun) {
        assert(inventory_update(&host->inventory, &lun->where, 0) >= 0);
}

static void sweep(Host *host, uint64_t now_usec) {
        assert(inventory_sweep_ports(&host->inventory, now_usec) >= 0);
        assert(inventory_sweep_devices(&host->inventory, SWEEP_DEVICES, now_usec) >= 0);
}

static const Path *find(const Host *host, const FcTreeLun *lun) {
        return index_find_hctl(&host->inventory.index, &lun->where.hctl);
}

#define DEVICE_DIR \
        "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-2/target6:0:1/"
#define RPORT_STATE \
        "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-2/" \
        "fc_remote_ports/rport-6:0-2/port_state"

static void test_a_host_without_anything_has_no_paths(void) {
        _cleanup_(host_done) Host host = { 0 };

        fc_tree_open(&host.tree);
        assert(inventory_open(&host.inventory, host.tree.root) == 0);
        scan(&host);
        sweep(&host, 0);
        assert(host.inventory.index.n_paths == 0);
}

static void test_all_of_a_path_is_read(void) {
        _cleanup_(host_done) Host host = { 0 };
        const Path *path;

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);

        path = find(&host, &lun1);
        assert(path->key.initiator == VHBA && path->key.target == TARGET);
        assert(path->initiator_node == NODE && path->is_vhba);
        assert(strcmp(path_name(path), "sdb") == 0);
        assert(strcmp(path_wwid(path), "naa.6001401") == 0);
        assert(path->major == 8 && path->minor == 16 && path->size_bytes == 1 << 20);
        assert(path->state == PATH_RUNNING && path->rport_state == RPORT_ONLINE);
        assert(path->has_link && path->n_links == 1);
        assert(strcmp(path_next_link(path, NULL), "by-id/wwn-0x6001401") == 0);
}

static void test_a_path_of_the_hba_itself_is_no_vhbas(void) {
        _cleanup_(host_done) Host host = { 0 };
        const RportId own = { 5, 0, 0 };
        FcTreeLun lun = lun1;

        host_open(&host);
        fc_tree_add_rport(&host.tree, &own, false, TARGET);
        lun.where = (DevPath){ { 5, 0, 0, 1 }, own, false };
        fc_tree_add_lun(&host.tree, &lun);
        scan(&host);
        assert(find(&host, &lun)->key.initiator == HBA);
        assert(!find(&host, &lun)->is_vhba);
        assert(!find(&host, &lun)->has_link);
}

static void test_a_second_scan_tells_the_differences_only(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);
        ASSERT_TOLD(&host, "+sdb");
        scan(&host);
        ASSERT_TOLD(&host, "");

        fc_tree_add_lun(&host.tree, &lun2);
        fc_tree_remove_lun(&host.tree, &lun1);
        scan(&host);
        ASSERT_TOLD(&host, "+sdc-sdb");
        assert(!find(&host, &lun1) && find(&host, &lun2));
}

static void test_what_came_and_went_between_is_not_told(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        update(&host, &lun1);
        assert(inventory_remove(&host.inventory, &lun1.where.hctl) == 1);
        ASSERT_TOLD(&host, "");

        update(&host, &lun1);
        ASSERT_TOLD(&host, "+sdb");
        assert(inventory_remove(&host.inventory, &lun1.where.hctl) == 1);
        update(&host, &lun1);
        ASSERT_TOLD(&host, "");
}

static void test_every_change_is_told_once(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);
        (void) told(&host);

        fc_tree_write(&host.tree, DEVICE_DIR "6:0:1:1/block/sdb/size", "4096\n");
        update(&host, &lun1);
        fc_tree_write(&host.tree, DEVICE_DIR "6:0:1:1/wwid", "naa.6001409\n");
        update(&host, &lun1);
        fc_tree_write(&host.tree, "run/udev/data/b8:16", "I:1\n");
        update(&host, &lun1);
        ASSERT_TOLD(&host, "~sdb");
        assert(find(&host, &lun1)->size_bytes == 4096 * 512);
        assert(strcmp(path_wwid(find(&host, &lun1)), "naa.6001409") == 0);
        assert(!find(&host, &lun1)->has_link && find(&host, &lun1)->n_links == 0);
}

static void test_a_disk_is_a_path_once_udev_is_through_with_it(void) {
        _cleanup_(host_done) Host host = { 0 };
        FcTreeLun early = lun1;

        host_open(&host);
        early.udev_data = NULL;
        fc_tree_add_lun(&host.tree, &early);
        update(&host, &lun1);
        sweep(&host, 100 * HELD_USEC);
        ASSERT_TOLD(&host, "");

        fc_tree_write(&host.tree, "run/udev/data/b8:16", lun1.udev_data);
        update(&host, &lun1);
        ASSERT_TOLD(&host, "+sdb");
}

static void test_a_device_is_given_time_to_become_a_disk(void) {
        _cleanup_(host_done) Host host = { 0 };
        FcTreeLun bare = lun1;

        host_open(&host);
        bare.disk = NULL;
        fc_tree_add_lun(&host.tree, &bare);
        update(&host, &bare);
        sweep(&host, HELD_USEC - 1);
        assert(!find(&host, &bare));

        sweep(&host, HELD_USEC);
        assert(find(&host, &bare) && !path_has_disk(find(&host, &bare)));
        ASSERT_TOLD(&host, "+");

        fc_tree_add_lun(&host.tree, &lun1);
        update(&host, &lun1);
        ASSERT_TOLD(&host, "~sdb");
}

static void test_a_device_that_vanishes_while_it_is_held_is_forgotten(void) {
        _cleanup_(host_done) Host host = { 0 };
        FcTreeLun bare = lun1;

        host_open(&host);
        bare.disk = NULL;
        fc_tree_add_lun(&host.tree, &bare);
        update(&host, &bare);
        fc_tree_remove_lun(&host.tree, &bare);
        assert(inventory_remove(&host.inventory, &bare.where.hctl) == 0);
        sweep(&host, HELD_USEC);
        ASSERT_TOLD(&host, "");
}

static void test_a_controller_is_not_held(void) {
        _cleanup_(host_done) Host host = { 0 };
        FcTreeLun controller = lun1;

        host_open(&host);
        controller.disk = NULL;
        controller.type = "12";
        fc_tree_add_lun(&host.tree, &controller);
        update(&host, &controller);
        assert(find(&host, &controller));
}

static void test_states_that_change_in_silence_are_noticed(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        fc_tree_add_lun(&host.tree, &lun2);
        scan(&host);
        (void) told(&host);

        fc_tree_write(&host.tree, RPORT_STATE, "Blocked\n");
        sweep(&host, 0);
        ASSERT_TOLD(&host, "~sdb~sdc");
        assert(find(&host, &lun2)->rport_state == RPORT_BLOCKED);

        fc_tree_write(&host.tree, DEVICE_DIR "6:0:1:2/state", "offline\n");
        sweep(&host, 0);
        ASSERT_TOLD(&host, "~sdc");
        assert(find(&host, &lun2)->state == PATH_OFFLINE);
}

static void test_a_removal_that_nobody_told_is_noticed(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        fc_tree_add_lun(&host.tree, &lun2);
        scan(&host);
        (void) told(&host);

        fc_tree_remove_lun(&host.tree, &lun1);
        sweep(&host, 0);
        ASSERT_TOLD(&host, "-sdb");
}

static void test_the_round_of_the_states_gets_to_every_path(void) {
        _cleanup_(host_done) Host host = { 0 };
        const uint32_t n = 3 * SWEEP_DEVICES / 2;
        char disk[16], name[128];
        FcTreeLun lun = lun1;

        host_open(&host);
        lun.disk = disk;
        for (uint32_t i = 0; i < n; i++) {
                (void) snprintf(disk, sizeof disk, "sd%u", i);
                lun.where.hctl.lun = lun.minor = i;
                fc_tree_add_lun(&host.tree, &lun);
        }
        scan(&host);
        assert(host.inventory.index.n_paths == n);

        for (uint32_t i = 0; i < n; i++) {
                (void) snprintf(name, sizeof name, DEVICE_DIR "6:0:1:%u/state", i);
                fc_tree_write(&host.tree, name, "offline\n");
        }
        for (uint32_t i = 0; i < 3; i++)
                sweep(&host, 0);
        for (uint32_t i = 0; i < n; i++)
                assert(host.inventory.index.paths[i]->state == PATH_OFFLINE);
}

static void test_a_port_is_read_again_with_all_its_paths(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        fc_tree_add_lun(&host.tree, &lun2);
        scan(&host);
        (void) told(&host);

        fc_tree_write(&host.tree, RPORT_STATE, "Marginal\n");
        assert(inventory_update_rport(&host.inventory, &rport, 0) >= 0);
        ASSERT_TOLD(&host, "~sdb~sdc");
        assert(inventory_update_rport(&host.inventory, &(RportId){ 9, 9, 9 }, 0) == 0);
}

static void test_a_host_number_used_again_is_another_path(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);
        (void) told(&host);

        fc_tree_write(&host.tree,
                      "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/fc_host/host6/"
                      "port_name",
                      "0x2101001b32a90009\n");
        update(&host, &lun1);
        ASSERT_TOLD(&host, "-sdb+sdb");
        assert(find(&host, &lun1)->key.initiator == 0x2101001b32a90009);
        assert(!find(&host, &lun1)->has_link);
}

static void test_a_successor_under_the_same_number_waits_for_udev(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);
        (void) told(&host);

        fc_tree_write(&host.tree, DEVICE_DIR "6:0:1:1/block/sdb/dev", "8:160\n");
        update(&host, &lun1);
        ASSERT_TOLD(&host, "-sdb");
        fc_tree_write(&host.tree, "run/udev/data/b8:160", "I:2\n");
        update(&host, &lun1);
        ASSERT_TOLD(&host, "+sdb");
}

static void test_udev_at_work_again_changes_nothing(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_add_lun(&host.tree, &lun1);
        scan(&host);
        (void) told(&host);

        fc_tree_remove(&host.tree, "run/udev/data/b8:16");
        update(&host, &lun1);
        scan(&host);
        ASSERT_TOLD(&host, "");
        assert(find(&host, &lun1)->has_link);
}

/* Text with NULs in it. */
#define HOSTILE(name, text) \
        { (name), (text), sizeof(text) - 1 }

static void test_text_that_no_kernel_writes_does_no_harm(void) {
        static const struct {
                const char *name, *text;
                size_t size;
        } hostile[] = {
                HOSTILE(DEVICE_DIR "6:0:1:1/block/sdb/dev", "-1:99999999999999999999\n"),
                HOSTILE(DEVICE_DIR "6:0:1:1/block/sdb/dev", ""),
                HOSTILE(DEVICE_DIR "6:0:1:1/block/sdb/size", "18446744073709551615\n"),
                HOSTILE(DEVICE_DIR "6:0:1:1/block/sdb/size", "-1\n"),
                HOSTILE(DEVICE_DIR "6:0:1:1/wwid", "\xff\xfe\0\x1b[31m\n"),
                HOSTILE(DEVICE_DIR "6:0:1:1/state", "\0\0\0\0"),
                HOSTILE(DEVICE_DIR "6:0:1:1/type", "x"),
                HOSTILE(RPORT_STATE, "%n%n%n%s\n"),
                HOSTILE("run/udev/data/b8:16", "\0\0\0\nS:\nS:disk/\n\xff\nI:\n"),
        };

        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                _cleanup_(host_done) Host host = { 0 };

                host_open(&host);
                fc_tree_add_lun(&host.tree, &lun1);
                fc_tree_write_bytes(&host.tree, hostile[i].name, hostile[i].text, hostile[i].size);
                scan(&host);
                update(&host, &lun1);
                sweep(&host, 2 * HELD_USEC);
                assert(host.inventory.index.n_paths == 1);
        }
}

static void test_a_disk_with_an_impossible_name_is_none(void) {
        static const char *const names[] = {
                "\xff",
                "sd\n",
                "sd b",
                "a-name-that-is-longer-than-the-kernel-allows",
        };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(host_done) Host host = { 0 };
                FcTreeLun lun = lun1;

                host_open(&host);
                lun.disk = names[i];
                fc_tree_add_lun(&host.tree, &lun);
                scan(&host);
                sweep(&host, HELD_USEC);
                assert(host.inventory.index.n_paths == 1);
                assert(!path_has_disk(find(&host, &lun)));
        }
}

static void test_a_port_without_a_name_has_no_paths(void) {
        static const char *const names[] = { "0xffffffffffffffff\n", "0x0\n", "", "hello\n" };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(host_done) Host host = { 0 };

                host_open(&host);
                fc_tree_add_lun(&host.tree, &lun1);
                fc_tree_write(&host.tree,
                              "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/fc_host/"
                              "host6/port_name",
                              names[i]);
                scan(&host);
                assert(host.inventory.index.n_paths == 0);
        }
}

static void test_what_vanishes_between_two_reads_is_gone(void) {
        static const char *const vanishing[] = {
                DEVICE_DIR "6:0:1:1",
                DEVICE_DIR "6:0:1:1/state",
                RPORT_STATE,
                "sys/class/fc_host/host6",
        };

        for (size_t i = 0; i < ARRAY_LEN(vanishing); i++) {
                _cleanup_(host_done) Host host = { 0 };

                host_open(&host);
                fc_tree_add_lun(&host.tree, &lun1);
                scan(&host);
                fc_tree_remove(&host.tree, vanishing[i]);
                update(&host, &lun1);
                assert(host.inventory.index.n_paths == 0);
        }
}

int main(void) {
        test_a_host_without_anything_has_no_paths();
        test_all_of_a_path_is_read();
        test_a_path_of_the_hba_itself_is_no_vhbas();
        test_a_second_scan_tells_the_differences_only();
        test_what_came_and_went_between_is_not_told();
        test_every_change_is_told_once();
        test_a_disk_is_a_path_once_udev_is_through_with_it();
        test_a_device_is_given_time_to_become_a_disk();
        test_a_device_that_vanishes_while_it_is_held_is_forgotten();
        test_a_controller_is_not_held();
        test_states_that_change_in_silence_are_noticed();
        test_a_removal_that_nobody_told_is_noticed();
        test_the_round_of_the_states_gets_to_every_path();
        test_a_port_is_read_again_with_all_its_paths();
        test_a_host_number_used_again_is_another_path();
        test_a_successor_under_the_same_number_waits_for_udev();
        test_udev_at_work_again_changes_nothing();
        test_text_that_no_kernel_writes_does_no_harm();
        test_a_disk_with_an_impossible_name_is_none();
        test_a_port_without_a_name_has_no_paths();
        test_what_vanishes_between_two_reads_is_gone();
        return 0;
}
