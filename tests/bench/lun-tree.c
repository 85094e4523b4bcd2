/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-tree ROOT HOSTS TARGETS LUNS: below ROOT, an empty directory, the sys, run/udev and dev of a
 * host with that many vHBAs, each of which sees that many LUNs over that many targets, with a
 * device node and four links each, as udev makes them.
 */

#include "lunwatch/path/path.h"

#include "lun-shape.h"
#include "tests/unit/fc-tree.h"

#include <err.h>
#include <inttypes.h>

static void add_links(FcTree *tree, const FcTreeLun *lun, const char *by_path) {
        char target[64], name[256];

        fc_tree_add_node(tree, lun);
        (void) snprintf(target, sizeof target, "../../%s", lun->disk);
        (void) snprintf(name, sizeof name, "dev/disk/by-path/%s", by_path);
        fc_tree_link(tree, target, name);
}

static void add_lun(FcTree *tree, const DevPath *where, uint32_t number) {
        char by_path[128], disk[16], udev_data[1024], wwid[64];
        const PathKey key = { shape_initiator(where->hctl.host), shape_target(where->hctl.target),
                              where->hctl };
        const FcTreeLun lun = {
                .where = *where,
                .wwid = wwid,
                .disk = disk,
                /* No driver has these: nothing can open a disk of the machine by mistake. */
                .major = 120 + number / 256 / 1024,
                .minor = number,
                .size_bytes = 100ULL << 30,
                .udev_data = udev_data,
        };
        PathLink own;

        shape_disk(number, disk);
        (void) snprintf(wwid, sizeof wwid, "naa.6005076%08" PRIx32 "%017" PRIx64, where->hctl.host,
                        where->hctl.lun);
        (void) snprintf(by_path, sizeof by_path,
                        "pci-0000:05:00.0-vport-0x%016" PRIx64 "-fc-0x%016" PRIx64 "-lun-%" PRIu64,
                        key.initiator, key.target, where->hctl.lun);
        (void) snprintf(udev_data, sizeof udev_data,
                        "S:disk/%s\nS:disk/by-path/%s\nS:disk/by-id/wwn-0x%s\n"
                        "S:disk/by-id/scsi-3%s\nI:1000000\nE:ID_SCSI=1\nE:ID_VENDOR=IBM\n"
                        "E:ID_MODEL=2145\nE:ID_TYPE=disk\nE:ID_SERIAL=3%s\nE:ID_WWN=0x%s\n"
                        "E:ID_BUS=scsi\nE:ID_PATH=%s\nE:DM_MULTIPATH_DEVICE_PATH=1\n"
                        "E:ID_FS_TYPE=mpath_member\nE:SYSTEMD_READY=0\nG:systemd\nQ:systemd\nV:1\n",
                        path_format_link(&key, own), by_path, wwid + 4, wwid + 4, wwid + 4,
                        wwid + 4, by_path);

        fc_tree_add_lun(tree, &lun);
        add_links(tree, &lun, by_path);
}

int main(int argc, char *argv[]) {
        uint32_t n_hosts, n_targets, n_luns, number = 0;
        FcTree tree;

        if (argc != 5)
                errx(2, "Usage: lun-tree ROOT HOSTS TARGETS LUNS");
        n_hosts = (uint32_t) strtoul(argv[2], NULL, 10);
        n_targets = (uint32_t) strtoul(argv[3], NULL, 10);
        n_luns = (uint32_t) strtoul(argv[4], NULL, 10);

        fc_tree_open_at(&tree, argv[1]);
        for (uint32_t h = SHAPE_HOST_FIRST; h < SHAPE_HOST_FIRST + n_hosts; h++) {
                fc_tree_add_host(&tree, h, shape_initiator(h), shape_node(h), true);
                for (uint32_t t = 0; t < n_targets; t++) {
                        const RportId rport = { h, 0, t };

                        fc_tree_add_rport(&tree, &rport, true, shape_target(t));
                        for (uint32_t l = 0; l < n_luns; l++)
                                add_lun(&tree, &(DevPath){ { h, 0, t, l }, rport, true }, number++);
                }
        }

        return 0;
}
