/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/inventory.h"
#include "lunwatch/path/lookup.h"

#include "fc-tree.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define HBA 0x21000024ff000005
#define VHBA 0x2101001b32a90004
#define NODE 0x2001001b32a90004
#define TARGET 0x500507680b000001
#define HOST_DIR "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/"
#define DEVICE_DIR HOST_DIR "rport-6:0-2/target6:0:1/6:0:1:1/"
#define RPORT_STATE HOST_DIR "rport-6:0-2/fc_remote_ports/rport-6:0-2/port_state"
#define LINK "S:disk/by-vhba/2101001b32a90004-500507680b000001-lun-1\n"

static const RportId rport = { 6, 0, 2 };

#define WHERE(lun) \
        { { 6, 0, 1, (lun) }, { 6, 0, 2 }, true, 5, PATH_FC }

static const FcTreeLun lun1 = {
        .where = WHERE(1),
        .wwid = "naa.6001401",
        .disk = "sdb",
        .major = 8,
        .minor = 16,
        .size_bytes = 1 << 20,
        .udev_data = "I:1\n" LINK,
};

/* Says what it is told to, and remembers what it was told. */
typedef struct Judge {
        PathQuarantine verdict;
        unsigned n_removed, n_deliberate;
} Judge;

typedef struct Host {
        FcTree tree;
        Inventory inventory;
        Judge judge;
        InventoryGuard guard;
} Host;

static PathQuarantine judge(void *userdata, const Path *path) {
        return ((Judge *) userdata)->verdict;
}

static void removed(void *userdata, const Path *path, bool is_deliberate) {
        Judge *self = userdata;

        self->n_removed++;
        self->n_deliberate += is_deliberate;
}

static void host_open(Host *host) {
        fc_tree_open(&host->tree);
        fc_tree_add_host(&host->tree, 5, HBA, NODE, false);
        fc_tree_add_host(&host->tree, 6, VHBA, NODE, true);
        fc_tree_add_rport(&host->tree, &rport, true, TARGET);
        fc_tree_add_lun(&host->tree, &lun1);
        assert(inventory_open(&host->inventory, host->tree.root) == 0);

        host->guard = (InventoryGuard){ judge, removed, &host->judge };
        host->inventory.guard = &host->guard;
        assert(inventory_scan(&host->inventory, 0) == 0);
}

static void host_done(Host *host) {
        inventory_done(&host->inventory);
        fc_tree_done(&host->tree);
}

static void on_change(ChangeKind kind, const char *cause, const Path *path, void *userdata) {
        char *told = userdata;

        (void) sprintf(told + strlen(told), "%s %s;", change_kind_text(kind), cause);
}

static const char *told(Host *host) {
        static char text[1024];

        text[0] = '\0';
        changes_flush(&host->inventory.changes, &host->inventory.index, on_change, text);
        return text;
}

#define ASSERT_TOLD(host, what) assert(strcmp(told(host), (what)) == 0)

static void update(Host *host) {
        assert(inventory_update(&host->inventory, &lun1.where, 0) >= 0);
}

static void test_every_kind_of_change_has_its_cause(void) {
        _cleanup_(host_done) Host host = { 0 };
        static const struct {
                const char *file, *text, *told;
        } changes[] = {
                { DEVICE_DIR "state", "offline\n", "changed state;" },
                { RPORT_STATE, "Blocked\n", "changed port-state;" },
                { DEVICE_DIR "access_state", "standby\n", "changed access;" },
                { "run/udev/data/b8:16", "I:1\n", "changed links;" },
                { DEVICE_DIR "block/sdb/size", "4096\n", "changed size;" },
                { DEVICE_DIR "wwid", "naa.6001402\n", "changed identity;" },
        };

        host_open(&host);
        ASSERT_TOLD(&host, "added new;");
        for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
                fc_tree_write(&host.tree, changes[i].file, changes[i].text);
                update(&host);
                ASSERT_TOLD(&host, changes[i].told);
        }
}

static void test_a_wwid_that_becomes_known_is_no_other_identity(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_write(&host.tree, DEVICE_DIR "wwid", "\n");
        update(&host);
        (void) told(&host);
        fc_tree_write(&host.tree, DEVICE_DIR "wwid", "naa.6001401\n");
        update(&host);
        ASSERT_TOLD(&host, "changed links;");
}

static void test_a_path_that_was_removed_by_hand_is_deleted(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        (void) told(&host);
        assert(inventory_remove(&host.inventory, &lun1.where.hctl) == 1);
        ASSERT_TOLD(&host, "removed deleted;");
        assert(host.judge.n_removed == 1 && host.judge.n_deliberate == 1);
}

static void test_a_path_whose_port_went_is_lost(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        (void) told(&host);
        fc_tree_write(&host.tree, RPORT_STATE, "Not Present\n");
        assert(inventory_remove(&host.inventory, &lun1.where.hctl) == 1);
        ASSERT_TOLD(&host, "removed port-lost;");
        assert(host.judge.n_removed == 1 && host.judge.n_deliberate == 0);
}

static void test_a_path_whose_vhba_went_is_lost_with_it(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        (void) told(&host);
        fc_tree_remove(&host.tree, "sys/class/fc_host/host6");
        fc_tree_remove(&host.tree, "sys/class/fc_remote_ports/rport-6:0-2");
        assert(inventory_remove(&host.inventory, &lun1.where.hctl) == 1);
        ASSERT_TOLD(&host, "removed initiator-lost;");
        assert(host.judge.n_deliberate == 0);
}

static int look_up(Host *host, const char *what, char **ret_refusal) {
        _cleanup_(lookup_done) Lookup lookup = { 0 };
        LunSpec spec;
        int r;

        assert(lun_spec_parse(what, &spec) == 0);
        r = lookup_find(&host->inventory.index, &host->inventory.held, &(Port){ PATH_FC, VHBA }, 0,
                        &spec, &lookup);
        *ret_refusal = TAKE_PTR(lookup.refusal);
        return r;
}

static void test_what_is_quarantined_is_seen_and_refused_until_it_is_released(void) {
        _cleanup_(host_done) Host host = { 0 };
        _cleanup_free_ char *words = NULL, *none = NULL;

        host_open(&host);
        (void) told(&host);
        host.judge.verdict = QUARANTINE_WWID;
        update(&host);
        ASSERT_TOLD(&host, "changed identity;");
        assert(look_up(&host, "1", &words) == -EKEYREJECTED);
        assert(strstr(words, "wwid-changed") && strstr(words, "npivot lun release 6:0:1:1"));

        host.judge.verdict = QUARANTINE_NONE;
        assert(inventory_judge_again(&host.inventory, index_find_hctl(&host.inventory.index,
                                                                      &lun1.where.hctl)) == 1);
        ASSERT_TOLD(&host, "changed released;");
        assert(look_up(&host, "1", &none) == 0);
}

static void test_a_number_that_one_target_has_given_away_is_quarantined_not_ambiguous(void) {
        const RportId second = { 6, 0, 3 };
        _cleanup_(host_done) Host host = { 0 };
        _cleanup_free_ char *words = NULL;
        FcTreeLun lun2 = lun1;

        host_open(&host);
        fc_tree_add_rport(&host.tree, &second, true, TARGET + 1);
        lun2.where = (DevPath){ { 6, 0, 2, 1 }, second, true, 5, PATH_FC };
        lun2.wwid = "naa.6001409";
        lun2.disk = "sdc";
        lun2.minor = 32;
        fc_tree_add_lun(&host.tree, &lun2);
        host.judge.verdict = QUARANTINE_WWID;
        assert(inventory_update(&host.inventory, &lun2.where, 0) == 1);
        assert(look_up(&host, "1", &words) == -EKEYREJECTED);
        assert(strstr(words, "6:0:2:1"));
}

static void test_the_only_lun_is_not_told_while_another_is_being_set_up(void) {
        _cleanup_(host_done) Host host = { 0 };
        _cleanup_free_ char *any = NULL, *first = NULL, *second = NULL, *wwid = NULL, *later = NULL;
        FcTreeLun lun2 = lun1;

        host_open(&host);
        lun2.where = (DevPath) WHERE(2);
        lun2.wwid = "naa.6001402";
        lun2.disk = "sdc";
        lun2.minor = 32;
        lun2.udev_data = NULL;
        fc_tree_add_lun(&host.tree, &lun2);
        assert(inventory_update(&host.inventory, &lun2.where, 0) >= 0);
        assert(host.inventory.index.n_paths == 1);

        assert(look_up(&host, "", &any) == -EBUSY);
        assert(strstr(any, "6:0:1:2") && strstr(any, "still being set up"));
        assert(look_up(&host, "2", &second) == -EBUSY);
        assert(look_up(&host, "1", &first) == 0);
        assert(look_up(&host, "wwid:6001401", &wwid) == 0);

        fc_tree_write(&host.tree, "run/udev/data/b8:32", "I:1\n");
        assert(inventory_update(&host.inventory, &lun2.where, 0) == 1);
        assert(look_up(&host, "", &later) == -ENOTUNIQ);
}

static void test_a_scan_in_pieces_finds_what_one_in_one_piece_does(void) {
        _cleanup_(host_done) Host host = { 0 };
        char disk[16], wwid[32];
        FcTreeLun lun = lun1;
        unsigned n_pieces = 0;

        host_open(&host);
        lun.disk = disk;
        lun.wwid = wwid;
        for (uint32_t i = 100; i < 200; i++) {
                (void) snprintf(disk, sizeof disk, "sd%" PRIu32, i);
                (void) snprintf(wwid, sizeof wwid, "naa.6001%" PRIu32, i);
                lun.where.hctl.lun = lun.minor = i;
                fc_tree_add_lun(&host.tree, &lun);
        }
        fc_tree_remove_lun(&host.tree, &lun1);

        assert(inventory_scan_begin(&host.inventory) == 0);
        for (; inventory_scan_step(&host.inventory, 3, 0) > 0; n_pieces++)
                /* An event between two pieces. */
                if (n_pieces == 3) {
                        lun.where.hctl.lun = lun.minor = 500;
                        (void) strcpy(disk, "sdz");
                        fc_tree_add_lun(&host.tree, &lun);
                        assert(inventory_update(&host.inventory, &lun.where, 0) == 1);
                }

        assert(n_pieces >= 100 / 3);
        assert(host.inventory.index.n_paths == 101);
        assert(!index_find_hctl(&host.inventory.index, &lun1.where.hctl));
        assert(index_find_hctl(&host.inventory.index, &lun.where.hctl));
}

/* The same numbers after a reset, and nobody has told. */
static void test_a_scan_sees_that_a_device_hangs_behind_another_port(void) {
        _cleanup_(host_done) Host host = { 0 };
        const RportId other = { 6, 0, 9 };
        FcTreeLun lun = lun1;

        host_open(&host);
        fc_tree_remove_lun(&host.tree, &lun1);
        fc_tree_add_rport(&host.tree, &other, true, TARGET + 9);
        lun.where.rport = other;
        fc_tree_add_lun(&host.tree, &lun);

        assert(inventory_scan(&host.inventory, 0) == 0);
        assert(index_find_hctl(&host.inventory.index, &lun.where.hctl)->key.target == TARGET + 9);
}

static void test_a_path_takes_512_bytes_at_most(void) {
        static const char *const links[] = {
                "by-id/scsi-360014050000000100004000800000000",
                "by-id/wwn-0x60014050000000100004000800000000",
                "by-path/pci-0000:05:00.0-vport-0x2101001b32a90004-fc-0x500507680b000001-lun-0",
                "by-id/scsi-SLIO-ORG_red_0000000000000000",
        };
        Path *path;

        assert(path_new(&(Path){ 0 }, "sdaaa", "naa.60014050000000100004000800000000", links,
                        ARRAY_LEN(links), &path) == 0);
        /* With its place in the array and in four tables of up to one bucket a path. */
        assert(sizeof *path + path->text_size + sizeof(Path *) + 4 * sizeof(TableNode *) <= 512);
        (void) path_free(path);
}

int main(void) {
        test_every_kind_of_change_has_its_cause();
        test_a_wwid_that_becomes_known_is_no_other_identity();
        test_a_path_that_was_removed_by_hand_is_deleted();
        test_a_path_whose_port_went_is_lost();
        test_a_path_whose_vhba_went_is_lost_with_it();
        test_what_is_quarantined_is_seen_and_refused_until_it_is_released();
        test_a_number_that_one_target_has_given_away_is_quarantined_not_ambiguous();
        test_the_only_lun_is_not_told_while_another_is_being_set_up();
        test_a_scan_in_pieces_finds_what_one_in_one_piece_does();
        test_a_scan_sees_that_a_device_hangs_behind_another_port();
        test_a_path_takes_512_bytes_at_most();
        return 0;
}
