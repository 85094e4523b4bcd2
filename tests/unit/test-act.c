/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/child.h"
#include "common/cleanup.h"
#include "lunwatch/act/dm.h"
#include "lunwatch/act/domain.h"
#include "lunwatch/act/request.h"
#include "lunwatch/act/scsi.h"

#include "fc-tree.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WWID "naa.60014050000000100004000800000000"
#define DEVICE \
        "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-0/target6:0:0/6:0:0:" \
        "1/"

static int parse(const char *text, Request *ret) {
        static char line[2 * REQUEST_LINE_MAX];
        const char *words = NULL;
        int r;

        assert(strlen(text) < sizeof line);
        (void) strcpy(line, text);
        r = request_parse(line, ret, &words);
        assert(r >= 0 || (words && *words));
        return r;
}

static void test_requests_are_what_they_say(void) {
        Request request;

        assert(parse("inspect\t5000\tsdb\tdm-3\n", &request) == 0);
        assert(request.verb == REQUEST_INSPECT && request.msec == 5000 && request.n == 2);
        assert(strcmp(request.names[1], "dm-3") == 0);

        assert(parse("rescan\t1\t4294967295\t0\t7\t18446744073709551615", &request) == 0);
        assert(request.host == UINT32_MAX && strcmp(request.scan[2], "18446744073709551615") == 0);
        assert(parse("rescan\t99999999999\t3\t-\t-\t-", &request) == 0);
        assert(request.msec == REQUEST_MSEC_MAX);

        assert(parse("reread\t10\t6:0:0:1\t6:0:1:1", &request) == 0 && request.n == 2);
        assert(parse("remove\t10\t" WWID "\tmpath a\t6:0:0:1", &request) == -EINVAL);
        assert(parse("remove\t10\t" WWID "\tmpatha\t6:0:0:1", &request) == 0);
        assert(strcmp(request.map, "mpatha") == 0 && request.hctls[0].lun == 1);
        assert(parse("remove-open\t10\t-\t-\t6:0:0:1", &request) == 0);
        assert(request.verb == REQUEST_REMOVE_OPEN && !*request.map && !*request.wwid);
}

static void test_bad_requests_are_refused_with_words(void) {
        static const char *const bad[] = {
                "",
                "\n",
                "format\t1\tsdb",
                "inspect",
                "inspect\t",
                "inspect\t0\tsdb",
                "inspect\t-1\tsdb",
                "inspect\t1",
                "inspect\t1\t",
                "inspect\t1\t..",
                "inspect\t1\t../../etc/passwd",
                "inspect\t1\tsd b",
                "inspect\t1\tabcdefghijklmnopqrstuvwxyz1234567890",
                "rescan\t1\t5",
                "rescan\t1\t5\t0\t0",
                "rescan\t1\t-\t-\t-\t-",
                "rescan\t1\t5\t-\t0\t-",
                "rescan\t1\t5\t0\t0\t1\t2",
                "rescan\t1\t4294967296\t-\t-\t-",
                "rescan\t1\t5\t0\t0\t18446744073709551616",
                "rescan\t1\t+5\t-\t-\t-",
                "reread\t1",
                "reread\t1\t6:0:0",
                "reread\t1\t6:0:0:01",
                "remove\t1\tnaa.6\tmpatha",
                "remove\t1\t\tmpatha\t6:0:0:1",
                "remove\t1\tnaa.6\tmp/a\t6:0:0:1",
        };
        Request request;

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                if (parse(bad[i], &request) != -EINVAL) {
                        (void) fprintf(stderr, "taken: %s\n", bad[i]);
                        assert(false);
                }
}

static void test_no_more_devices_than_there_is_room_for(void) {
        static char line[REQUEST_LINE_MAX];
        Request request;
        size_t used;

        used = (size_t) sprintf(line, "reread\t1");
        for (unsigned i = 0; i < REQUEST_DEVICES_MAX; i++)
                used += (size_t) sprintf(line + used, "\t6:0:0:%u", i);
        assert(parse(line, &request) == 0 && request.n == REQUEST_DEVICES_MAX);
        (void) sprintf(line + used, "\t7:0:0:0");
        assert(parse(line, &request) == -E2BIG);
}

static void assert_domain(const char *cgroup, const char *name) {
        char found[DOMAIN_NAME_MAX];
        int r = domain_of_cgroup(cgroup, found);

        assert(name ? r == 0 && strcmp(found, name) == 0 : r == -ENOENT);
}

static void test_domains_have_the_names_that_people_gave_them(void) {
        static const char with_guest[] = "qemu\0-name\0guest=web,debug-threads=on\0-m\0001";
        static const char plain[] = "qemu\0-name\0web";
        static const char without[] = "qemu\0-m\0001\0-name";
        char name[DOMAIN_NAME_MAX];

        assert_domain("0::/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope\n", "web-1");
        assert_domain("0::/machine.slice/machine-qemu\\x2d3\\x2dweb.scope/libvirt/emulator\n",
                      "web");
        assert_domain("0::/system.slice/system-domain.slice/domain@web.service\n", "web");
        assert_domain("0::/qemu.slice/104.scope\n", "104");
        assert_domain("0::/user.slice/user-0.slice/session-2.scope\n", NULL);
        assert_domain("0::/machine.slice/machine-.scope\n", NULL);
        assert_domain("", NULL);

        assert(domain_of_cmdline(with_guest, sizeof with_guest, name) == 0 &&
               strcmp(name, "web") == 0);
        assert(domain_of_cmdline(plain, sizeof plain, name) == 0 && strcmp(name, "web") == 0);
        assert(domain_of_cmdline(without, sizeof without, name) == -ENOENT);
        assert(domain_of_cmdline("", 0, name) == -ENOENT);
}

static void tree_open(FcTree *tree) {
        const RportId rport = { 6, 0, 0 };
        const FcTreeLun lun = {
                .where = { { 6, 0, 0, 1 }, rport, true, 5, PATH_FC },
                .wwid = WWID,
                .disk = "sda",
                .major = 8,
                .udev_data = "I:1\n",
        };

        fc_tree_open(tree);
        fc_tree_add_host(tree, 5, 0x21000024ff000005, 0x20000024ff000005, false);
        fc_tree_add_host(tree, 6, 0x2101001b32a90004, 0x2001001b32a90004, true);
        fc_tree_add_rport(tree, &rport, true, 0x500507680b000000);
        fc_tree_add_lun(tree, &lun);
        fc_tree_write(tree, DEVICE "scsi_generic/sg4/dev", "21:4\n");
        fc_tree_write(tree, DEVICE "delete", "");
        fc_tree_write(tree, DEVICE "rescan", "");
        fc_tree_write(tree, "sys/class/scsi_host/host6/scan", "");
        fc_tree_write(tree, "sys/class/block/sda/holders/dm-0", "");
        fc_tree_write(tree, "sys/class/block/sda/holders/dm-1", "");
        fc_tree_write(tree, "sys/class/block/dm-0/dm/name", "mpatha\n");
        fc_tree_write(tree, "sys/class/block/dm-0/dm/uuid", "LVM-mpatha\n");
        fc_tree_write(tree, "sys/class/block/dm-1/dm/name", "mpatha\n");
        fc_tree_write(tree, "sys/class/block/dm-1/dm/uuid", "mpath-3600140\n");
        fc_tree_write(tree, "sys/class/block/dm-1/slaves/sda", "");
}

static void assert_file(const FcTree *tree, const char *name, const char *text) {
        _cleanup_(fclosep) FILE *f = NULL;
        char path[512], found[64] = "";

        (void) snprintf(path, sizeof path, "%s/%s", tree->root, name);
        f = fopen(path, "re");
        assert(f && fgets(found, sizeof found, f) && strcmp(found, text) == 0);
}

static void test_devices_are_read_and_written_by_their_address(void) {
        const Hctl here = { 6, 0, 0, 1 }, away = { 6, 0, 0, 2 };
        FcTree tree;
        Request request;
        ScsiDisk disk;
        Hctl hctl;

        tree_open(&tree);
        assert(scsi_read(tree.root_fd, &here, &disk) == 0);
        assert(strcmp(disk.block, "sda") == 0 && strcmp(disk.wwid, WWID) == 0);
        assert(disk.generic != 0 && strcmp(disk.state, "running") == 0);
        assert(scsi_read(tree.root_fd, &away, &disk) == -ENOENT);
        assert(scsi_exists(tree.root_fd, &here) && !scsi_exists(tree.root_fd, &away));
        assert(scsi_find_wwid(tree.root_fd, "360014050000000100004000800000000", &hctl) == 0);
        assert(hctl_equals(&hctl, &here));
        assert(scsi_find_wwid(tree.root_fd, "naa.6", &hctl) == -ENOENT);

        assert(scsi_delete(tree.root_fd, &here) == 0);
        assert_file(&tree, DEVICE "delete", "1");
        assert(scsi_reread(tree.root_fd, &away) == -ENOENT);
        assert(parse("rescan\t1\t6\t0\t1\t-", &request) == 0);
        assert(scsi_scan(tree.root_fd, &request) == 0);
        assert_file(&tree, "sys/class/scsi_host/host6/scan", "0 1 -");
        fc_tree_done(&tree);
}

static void test_a_map_is_found_by_name_and_must_be_made_of_these_disks(void) {
        ScsiDisk disks[2] = { { .block = "sda" }, { .block = "sdb" } };
        char map[32];
        FcTree tree;

        tree_open(&tree);
        assert(dm_find_map(tree.root_fd, "sda", "mpatha", map, sizeof map) == 0);
        assert(strcmp(map, "dm-1") == 0); /* dm-0 has the name, and is of LVM */
        assert(dm_find_map(tree.root_fd, "sda", "mpathb", map, sizeof map) == -ENOENT);
        assert(dm_find_map(tree.root_fd, "sdb", "mpatha", map, sizeof map) == -ENOENT);
        assert(dm_is_made_of(tree.root_fd, "dm-1", disks, 2));
        fc_tree_write(&tree, "sys/class/block/dm-1/slaves/sdc", "");
        assert(!dm_is_made_of(tree.root_fd, "dm-1", disks, 2));
        fc_tree_done(&tree);
}

static int fail(void *userdata) {
        return -EBUSY;
}

static int hang(void *userdata) {
        while (pause() < 0)
                ;
        return 0;
}

static int die(void *userdata) {
        abort();
}

static void test_what_hangs_is_ended_at_its_deadline(void) {
        assert(child_run(fail, NULL, 20000) == -EBUSY);
        assert(child_run(hang, NULL, 50) == -ETIMEDOUT);
        assert(child_run(die, NULL, 20000) == -EPIPE);
}

int main(void) {
        test_requests_are_what_they_say();
        test_bad_requests_are_refused_with_words();
        test_no_more_devices_than_there_is_room_for();
        test_domains_have_the_names_that_people_gave_them();
        test_devices_are_read_and_written_by_their_address();
        test_a_map_is_found_by_name_and_must_be_made_of_these_disks();
        test_what_hangs_is_ended_at_its_deadline();
        return 0;
}
