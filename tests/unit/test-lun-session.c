/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/filter.h"
#include "lunwatch/path/inventory.h"
#include "lunwatch/path/lookup.h"
#include "lunwatch/path/vpd.h"

#include "fc-tree.h"

#include <assert.h>
#include <string.h>

#define INITIATOR "iqn.1993-08.org.debian:01:host-a"
#define TARGET "iqn.2003-01.org.linux-iscsi.array:red"
#define SESSION_STATE "sys/class/iscsi_session/session1/state"
#define DEVICE "sys/devices/platform/host8/session1/target8:0:0/8:0:0:1/"

static const FcTreeLun lun = {
        .where = { { 8, 0, 0, 1 }, { 8, 0, 1 }, false, 8, PATH_ISCSI },
        .wwid = "naa.60014050001",
        .disk = "sdb",
        .major = 8,
        .minor = 16,
        .size_bytes = 1 << 20,
        .udev_data = "S:disk/by-path/ip-10.0.0.1:3260-iscsi-" TARGET "-lun-1\nI:1\n",
};

typedef struct Host {
        FcTree tree;
        Inventory inventory;
} Host;

static void host_open(Host *host) {
        fc_tree_open(&host->tree);
        fc_tree_add_session(&host->tree, 8, 1, INITIATOR, TARGET);
        fc_tree_add_lun(&host->tree, &lun);
        assert(inventory_open(&host->inventory, host->tree.root) == 0);
}

static void host_done(Host *host) {
        inventory_done(&host->inventory);
        fc_tree_done(&host->tree);
}

static const Path *find(const Host *host) {
        return index_find_hctl(&host->inventory.index, &lun.where.hctl);
}

static void test_a_path_of_a_session_has_its_names(void) {
        _cleanup_(host_done) Host host = { 0 };
        const Path *path;
        PortName name;

        host_open(&host);
        assert(inventory_scan(&host.inventory, 0) == 0);

        path = find(&host);
        assert(path->key.transport == PATH_ISCSI && !path->is_vhba);
        assert(strcmp(path_initiator(path, name), INITIATOR) == 0);
        assert(strcmp(path_target(path, name), TARGET) == 0);
        assert(strcmp(path_hba(path, name), "default") == 0);
        assert(path->rport_state == SESSION_LOGGED_IN && path_is_usable(path));
        assert(!path->has_link && path->n_links == 1);
}

static void test_a_session_that_fails_in_silence_is_noticed(void) {
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        assert(inventory_scan(&host.inventory, 0) == 0);
        fc_tree_write(&host.tree, SESSION_STATE, "FAILED\n");
        assert(inventory_sweep_ports(&host.inventory, 0) >= 0);
        assert(find(&host)->rport_state == SESSION_FAILED && !path_is_usable(find(&host)));
}

static void test_a_lun_is_found_by_the_names_of_iscsi(void) {
        _cleanup_(lookup_done) Lookup lookup = { 0 };
        _cleanup_(host_done) Host host = { 0 };
        const LunSpec any = { .kind = LUN_ANY };
        Port initiator, stranger;

        host_open(&host);
        assert(inventory_scan(&host.inventory, 0) == 0);
        assert(port_parse(INITIATOR, &initiator) == 0);
        assert(lookup_find(&host.inventory.index, NULL, &initiator, 0, &any, &lookup) == 0);
        assert(lookup.n_paths == 1 && lookup.best == find(&host));

        assert(port_parse("iqn.1993-08.org.debian:01:nobody", &stranger) == 0);
        assert(lookup_find(&host.inventory.index, NULL, &stranger, 0, &any, &lookup) == -ENXIO);
}

static void test_a_list_can_be_of_one_transport(void) {
        const Filter fc = { .has_transport = true, .transport = PATH_FC };
        const Filter iscsi = { .has_transport = true, .transport = PATH_ISCSI };
        _cleanup_(host_done) Host host = { 0 };
        const Path *paths[4];
        bool more;

        host_open(&host);
        assert(inventory_scan(&host.inventory, 0) == 0);
        assert(filter_page(&fc, &host.inventory.index, NULL, paths, 4, &more) == 0);
        assert(filter_page(&iscsi, &host.inventory.index, NULL, paths, 4, &more) == 1);
}

static void test_a_session_with_an_impossible_name_has_no_paths(void) {
        _cleanup_(host_done) Host host = { 0 };
        char name[512];

        host_open(&host);
        memset(name, 'x', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        fc_tree_write(&host.tree, "sys/class/iscsi_session/session1/targetname", name);
        assert(inventory_scan(&host.inventory, 0) == 0);
        assert(!find(&host));
}

static void test_names_of_ports_are_told_apart(void) {
        static const char *const malformed[] = { "", "iqn.", "x", "iqn", "naa.", "2101001b32a9" };
        Port port;

        assert(port_parse("21:01:00:1b:32:a9:00:04", &port) == 0);
        assert(port.transport == PATH_FC && port.name == 0x2101001b32a90004);
        for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
                assert(port_parse(malformed[i], &port) == -EINVAL);
}

static void test_a_name_is_one_number_for_ever(void) {
        uint64_t first = name_intern("iqn.2001-04.com.example:a");

        assert(first != 0 && name_intern("iqn.2001-04.com.example:b") != first);
        for (unsigned i = 0; i < 1000; i++) {
                char text[32];

                (void) snprintf(text, sizeof text, "iqn.%u", i);
                assert(name_intern(text) != 0);
        }
        assert(name_intern("iqn.2001-04.com.example:a") == first);
        assert(strcmp(name_text(first), "iqn.2001-04.com.example:a") == 0);
        assert(name_intern("") == 0 && strcmp(name_text(0), "") == 0);
        assert(strcmp(name_text(NAME_NOBODY), "") == 0);
}

static void test_sg_node_and_alua_are_read(void) {
        static const uint8_t vpd[] = { 0, 0x83, 0, 8, 0x01, 0x15, 0, 4, 0, 0, 0x01, 0x02 };
        _cleanup_(host_done) Host host = { 0 };

        host_open(&host);
        fc_tree_write(&host.tree, DEVICE "scsi_generic/sg12/dev", "21:12\n");
        fc_tree_write(&host.tree, DEVICE "access_state", "active/non-optimized\n");
        fc_tree_write_bytes(&host.tree, DEVICE "vpd_pg83", vpd, sizeof vpd);
        assert(inventory_scan(&host.inventory, 0) == 0);
        assert(find(&host)->sg_number == 12 && find(&host)->group == 0x102);
        assert(find(&host)->access == ACCESS_NON_OPTIMIZED);
        assert(strcmp(path_access_text(find(&host)->access), "non-optimized") == 0);
}

static void test_a_page_that_lies_about_its_lengths_is_no_harm(void) {
        uint8_t page[] = { 0, 0x83, 0xff, 0xff, 0x01, 0x15, 0, 4, 0, 0, 0, 7 };
        uint32_t group = 42;

        assert(vpd_find_port_group(page, sizeof page, &group) == 0 && group == 7);
        for (size_t size = 0; size < sizeof page; size++)
                assert(vpd_find_port_group(page, size, &group) == -ENOENT);
        page[5] = 0x13;
        page[7] = 0xff;
        assert(vpd_find_port_group(page, sizeof page, &group) == -ENOENT);
        page[1] = 0x80;
        assert(vpd_find_port_group(page, sizeof page, &group) == -ENOENT);
}

int main(void) {
        test_a_path_of_a_session_has_its_names();
        test_a_session_that_fails_in_silence_is_noticed();
        test_a_lun_is_found_by_the_names_of_iscsi();
        test_a_list_can_be_of_one_transport();
        test_a_session_with_an_impossible_name_has_no_paths();
        test_names_of_ports_are_told_apart();
        test_a_name_is_one_number_for_ever();
        test_sg_node_and_alua_are_read();
        test_a_page_that_lies_about_its_lengths_is_no_harm();
        return 0;
}
