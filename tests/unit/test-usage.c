/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/follow.h"
#include "lunwatch/usage/usage.h"

#include "fc-tree.h"

#include <assert.h>
#include <string.h>
#include <sys/sysmacros.h>

#define WWID "naa.60014050000000100004000800000000"
#define DISK \
        "sys/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-0/target6:0:0/" \
        "6:0:0:0/block/sda/"

typedef struct Host {
        FcTree tree;
        Inventory inventory;
        Maps maps;
        sd_event *event;
        Usage usage;
        char mountinfo[300], swaps[300];
} Host;

static void write_at(Host *host, const char *dir, const char *name, const char *text) {
        char file[512];

        (void) snprintf(file, sizeof file, "%s%s", dir, name);
        fc_tree_write(&host->tree, file, text);
}

static void add_dm(Host *host, const char *device, const char *numbers, const char *name,
                   const char *uuid) {
        char dir[64];

        (void) snprintf(dir, sizeof dir, "sys/block/%s/", device);
        write_at(host, dir, "dm/name", name);
        write_at(host, dir, "dm/uuid", uuid);
        write_at(host, dir, "dev", numbers);
        write_at(host, dir, "size", "2048\n");
}

/*
 * sda with two partitions: sda1 is mounted twice, sda2 swap; the disk is in mpatha, on which is an
 * LV that is mounted; a loop device and something unknown are on the LV.
 */
static void host_open(Host *host) {
        const RportId rport = { 6, 0, 0 };
        const FcTreeLun lun = {
                .where = { { 6, 0, 0, 0 }, rport, true, 5, PATH_FC },
                .wwid = WWID,
                .disk = "sda",
                .major = 8,
                .udev_data = "I:1\n",
        };

        *host = (Host){ 0 };
        fc_tree_open(&host->tree);
        fc_tree_add_host(&host->tree, 5, 0x21000024ff000005, 0x20000024ff000005, false);
        fc_tree_add_host(&host->tree, 6, 0x2101001b32a90004, 0x2001001b32a90004, true);
        fc_tree_add_rport(&host->tree, &rport, true, 0x500507680b000000);
        fc_tree_add_lun(&host->tree, &lun);
        write_at(host, DISK, "sda1/partition", "1\n");
        write_at(host, DISK, "sda1/dev", "8:1\n");
        write_at(host, DISK, "sda2/partition", "2\n");
        write_at(host, DISK, "sda2/dev", "8:2\n");
        write_at(host, DISK, "sdax/dev", "9:9\n");
        write_at(host, DISK, "holders/dm-0", "");
        fc_tree_link(&host->tree,
                     "../../"
                     "devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/"
                     "rport-6:0-0/target6:0:0/6:0:0:0/block/sda",
                     "sys/class/block/sda");
        fc_tree_link(&host->tree, "sda/sda1", "sys/class/block/sda1");
        fc_tree_link(&host->tree, "sda/sda2", "sys/class/block/sda2");

        add_dm(host, "dm-0", "253:0\n", "mpatha", "mpath-360014050000000100004000800000000");
        write_at(host, "sys/block/dm-0/", "slaves/sda", "");
        write_at(host, "sys/block/dm-0/", "holders/dm-1", "");
        add_dm(host, "dm-1", "253:1\n", "vg-data", "LVM-x");
        write_at(host, "sys/block/dm-1/", "slaves/dm-0", "");
        write_at(host, "sys/block/dm-1/", "holders/bcache0", "");
        fc_tree_link(&host->tree, "../../block/dm-1", "sys/dev/block/253:1");

        fc_tree_write(&host->tree, "mountinfo",
                      "20 1 8:1 / /boot rw - ext4 /dev/sda1 rw\n"
                      "21 1 8:1 /sub /srv/a\\040b rw - ext4 /dev/sda1 rw\n"
                      "22 1 253:1 / /data rw - xfs /dev/mapper/vg-data rw\n"
                      "23 1 0:5 / /proc rw - proc proc rw\n");
        fc_tree_write(&host->tree, "swaps",
                      "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n"
                      "/dev/sda2                               partition\t1048572\t0\t-2\n");
        (void) snprintf(host->mountinfo, sizeof host->mountinfo, "%s/mountinfo", host->tree.root);
        (void) snprintf(host->swaps, sizeof host->swaps, "%s/swaps", host->tree.root);

        assert(inventory_open(&host->inventory, host->tree.root) == 0);
        assert(inventory_scan(&host->inventory, 0) == 0);
        assert(sd_event_new(&host->event) >= 0);
        assert(maps_start(&host->maps, host->inventory.reader.root_fd, host->event,
                          "npivot-test-nobody", NULL) >= 0);
        host->usage = (Usage){ .inventory = &host->inventory, .maps = &host->maps.table };
        assert(mounts_new(host->event, host->mountinfo, host->swaps, NULL, NULL,
                          &host->usage.mounts) >= 0);
}

static void host_done(Host *host) {
        (void) mounts_free(host->usage.mounts);
        maps_done(&host->maps);
        inventory_done(&host->inventory);
        (void) sd_event_unref(host->event);
        fc_tree_done(&host->tree);
}

/* "mount /boot sda1;" for each, in the order in which they are found. */
static const char *uses_of(Host *host, const char *name, bool *ret_is_mount) {
        _cleanup_(use_list_done) UseList uses = { 0 };
        _cleanup_(found_done) Found found = { 0 };
        static char text[2048];

        if (usage_find(&host->usage, name, &found, ret_is_mount) < 0)
                return "nothing";
        assert(usage_of(&host->usage, &found, &uses) >= 0);

        text[0] = '\0';
        for (size_t i = 0; i < uses.n; i++)
                (void) sprintf(text + strlen(text), "%s %s %s;", uses.items[i].kind,
                               uses.items[i].object, uses.items[i].device);
        return text;
}

static void test_all_that_stands_on_a_disk_is_named_once(void) {
        static const char *const expected[] = {
                "partition sda1 sda;", "partition sda2 sda;",  "map mpatha sda;",
                "mount /boot sda1;",   "swap /dev/sda2 sda2;", "mount /srv/a b sda1;",
                "lvm vg-data dm-0;",   "mount /data dm-1;",    "holder bcache0 dm-1;",
        };
        _cleanup_(host_done) Host host;
        size_t length = 0;
        const char *text;
        bool is_mount;

        host_open(&host);
        text = uses_of(&host, "sda", &is_mount);
        for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
                assert(strstr(text, expected[i]));
                length += strlen(expected[i]);
        }
        assert(strlen(text) == length && !is_mount);
}

static void test_a_map_and_a_wwid_have_the_uses_of_their_paths(void) {
        _cleanup_(host_done) Host host;
        bool is_mount;

        host_open(&host);
        assert(strstr(uses_of(&host, "mpatha", &is_mount), "mount /boot sda1;"));
        assert(strstr(uses_of(&host, "mpatha", &is_mount), "mount /data dm-1;"));
        assert(strstr(uses_of(&host, WWID, &is_mount), "mount /data dm-1;"));
}

static void test_a_mount_point_leads_to_its_paths(void) {
        _cleanup_(found_done) Found found = { 0 };
        _cleanup_(host_done) Host host;
        bool is_mount;

        host_open(&host);
        assert(usage_find(&host.usage, "/data", &found, &is_mount) == 0);
        assert(is_mount && found.n_paths == 1 && found.n_maps == 2);
        assert(usage_find(&host.usage, "/proc", &found, &is_mount) == -ENOENT);
        assert(usage_find(&host.usage, "/nowhere", &found, &is_mount) == -ENOENT);
}

static void test_what_is_mounted_later_is_seen(void) {
        _cleanup_(host_done) Host host;
        bool is_mount;

        host_open(&host);
        /* A new Mounts, since there is no event from a file. */
        fc_tree_write(&host.tree, "mountinfo", "20 1 8:2 / /later rw - ext4 /dev/sda2 rw\n");
        (void) mounts_free(host.usage.mounts);
        assert(mounts_new(host.event, host.mountinfo, host.swaps, NULL, NULL, &host.usage.mounts) >=
               0);
        assert(strstr(uses_of(&host, "sda", &is_mount), "mount /later sda2;"));
        assert(!strstr(uses_of(&host, "sda", &is_mount), "/boot"));
}

static void test_names_from_outside_do_no_harm(void) {
        _cleanup_(use_list_done) UseList uses = { 0 };

        assert(use_list_add(&uses, "mount", "/a\n\033[2Jb", "sda", "%s", "\t") == 1);
        assert(strcmp(uses.items[0].object, "/a??[2Jb") == 0);
        assert(strcmp(uses.items[0].words, "?") == 0);
        assert(use_list_add(&uses, "mount", "/a\n\033[2Jb", "sda", "again") == 0 && uses.n == 1);
}

int main(void) {
        test_all_that_stands_on_a_disk_is_named_once();
        test_a_map_and_a_wwid_have_the_uses_of_their_paths();
        test_a_mount_point_leads_to_its_paths();
        test_what_is_mounted_later_is_seen();
        test_names_from_outside_do_no_harm();
        return 0;
}
