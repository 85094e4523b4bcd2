/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/scale/shape.h"

#include "lunwatch/path/path.h"

#include <inttypes.h>
#include <stdio.h>

uint32_t shape_n_slots(const Shape *shape) {
        return shape->n_hosts * shape->n_targets * shape->n_luns;
}

/* As the kernel counts: sda, …, sdz, sdaa, … */
static void format_disk(uint32_t number, char ret[static 16]) {
        char reversed[16];
        size_t n = 0, i = 0;

        for (number++; number > 0; number = (number - 1) / 26)
                reversed[n++] = (char) ('a' + (number - 1) % 26);

        ret[i++] = 's';
        ret[i++] = 'd';
        while (n > 0)
                ret[i++] = reversed[--n];
        ret[i] = '\0';
}

static DevPath slot_place(const Shape *shape, uint32_t slot) {
        uint32_t lun = slot % shape->n_luns;
        uint32_t target = slot / shape->n_luns % shape->n_targets;
        uint32_t host = SHAPE_HOST_FIRST + slot / shape->n_luns / shape->n_targets;

        return (DevPath){
                .hctl = { host, 0, target, lun },
                .rport = { host, 0, target },
                .is_vhba = true,
        };
}

static void format_udev_data(ShapeLun *ret, const char *own_link) {
        const char *naa = ret->wwid + 4;

        (void) snprintf(ret->udev_data, sizeof ret->udev_data,
                        "%s%s%sS:disk/by-path/%s\nS:disk/by-id/wwn-0x%s\n"
                        "S:disk/by-id/scsi-3%s\nI:1000000\nE:ID_SCSI=1\nE:ID_VENDOR=IBM\n"
                        "E:ID_MODEL=2145\nE:ID_TYPE=disk\nE:ID_SERIAL=3%s\nE:ID_WWN=0x%s\n"
                        "E:ID_BUS=scsi\nE:ID_PATH=%s\nE:DM_MULTIPATH_DEVICE_PATH=1\n"
                        "E:ID_FS_TYPE=mpath_member\nE:SYSTEMD_READY=0\nG:systemd\nQ:systemd\nV:1\n",
                        *own_link ? "S:disk/" : "", own_link, *own_link ? "\n" : "", ret->by_path,
                        naa, naa, naa, naa, ret->by_path);
}

void shape_lun(const Shape *shape, uint32_t slot, const Variant *variant, ShapeLun *ret) {
        const DevPath where = slot_place(shape, slot);
        const PathKey key = { .initiator = shape_initiator(where.hctl.host),
                              .target = shape_target(where.hctl.target),
                              .hctl = where.hctl };
        PathLink own;

        format_disk(slot, ret->disk);
        (void) snprintf(ret->wwid, sizeof ret->wwid,
                        "naa.6005076%08" PRIx32 "%08" PRIx32 "%09" PRIx64, where.hctl.host,
                        variant->identity, where.hctl.lun);
        (void) snprintf(ret->by_path, sizeof ret->by_path,
                        "pci-0000:05:00.0-vport-0x%016" PRIx64 "-fc-0x%016" PRIx64 "-lun-%" PRIu64,
                        key.initiator, key.target, where.hctl.lun);
        format_udev_data(ret, variant->has_no_link ? "" : path_format_link(&key, own));

        ret->lun = (FcTreeLun){
                .where = where,
                .wwid = ret->wwid,
                .disk = ret->disk,
                /* No driver has these: nothing can open a disk of the machine by mistake. */
                .major = 120 + slot / 256 / 1024,
                .minor = slot,
                .size_bytes = (uint64_t) variant->size_gib << 30,
                .udev_data = ret->udev_data,
        };
}

void shape_add_ports(const Shape *shape, FcTree *tree) {
        fc_tree_add_host(tree, 5, SHAPE_HBA_PORT, SHAPE_HBA_NODE, false);
        for (uint32_t h = SHAPE_HOST_FIRST; h < SHAPE_HOST_FIRST + shape->n_hosts; h++) {
                fc_tree_add_host(tree, h, shape_initiator(h), shape_node(h), true);
                for (uint32_t t = 0; t < shape->n_targets; t++)
                        fc_tree_add_rport(tree, &(RportId){ h, 0, t }, true, shape_target(t));
        }
}
