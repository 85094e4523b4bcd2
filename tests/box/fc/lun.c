/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ids.h"
#include "lun.h"
#include "mem.h"
#include "vpd.h"

#define SECTOR_SIZE 512U
#define MINORS_PER_DISK 16U
#define BSG_MINOR_FIRST 0x80000U

static Ids disk_ids;
static Ids generic_ids;
static unsigned disk_sequence;

/* 0 is sda, 26 is sdaa. */
static char *disk_name(unsigned index) {
        char name[16];
        char *p = name + sizeof name;

        *--p = '\0';
        for (unsigned i = index + 1; i > 0; i = (i - 1) / 26)
                *--p = (char) ('a' + (i - 1) % 26);

        return mem_printf("sd%s", p);
}

static int store_state(Node *attr, const char *data, size_t len) {
        if (strncmp(data, "running", 7) != 0 && strncmp(data, "offline", 7) != 0)
                return -EINVAL;

        return node_store_text(attr, data, len);
}

static void lun_write_size(const Lun *lun) {
        (void) node_text(device_dir(lun->block), "size", "%" PRIu64 "\n",
                         lun->size_bytes / SECTOR_SIZE);
}

/* Reads the size again; the block layer tells of another one. */
static int store_rescan(Node *attr, const char *data, size_t len) {
        const Lun *lun = attr->object;

        lun_write_size(lun);
        device_announce_change(lun->block, "RESIZE=1\n");
        return (int) len;
}

static void lun_add_scsi(Lun *lun, Node *target_dir, const char *hctl, const Mapping *mapping) {
        Node *dir;

        lun->scsi = device_new(target_dir, &(DeviceSpec){
                                                   .name = hctl,
                                                   .subsystem = "scsi",
                                                   .on_bus = true,
                                                   .env = "DEVTYPE=scsi_device\n"
                                                          "MODALIAS=scsi:t-0x00\n",
                                           });
        dir = device_dir(lun->scsi);

        (void) node_text(dir, "device_blocked", "0\n");
        (void) node_text(dir, "model", "BOX DISK        \n");
        (void) node_text(dir, "queue_depth", "32\n");
        (void) node_text(dir, "rev", "0001\n");
        (void) node_text(dir, "scsi_level", "7\n");
        (void) node_text(dir, "state", "running\n");
        (void) node_text(dir, "timeout", "30\n");
        (void) node_text(dir, "type", "0\n");
        (void) node_text(dir, "vendor", "NPIVOT  \n");
        (void) node_attr(dir, "rescan", 0200, store_rescan, lun);
        (void) node_attr(dir, "state", 0644, store_state, NULL);
        (void) node_attr(dir, "timeout", 0644, node_store_text, NULL);
        (void) node_text(dir, "wwid", "%s\n", mapping->wwid);
        vpd_write(dir, mapping->wwid);

        device_announce(lun->scsi, "add");
}

static Device *lun_add_class(Lun *lun, const DeviceSpec *spec) {
        Device *device = device_new(device_dir(lun->scsi), spec);

        device_announce(device, "add");
        return device;
}

static void disk_add_queue(Node *disk_dir) {
        Node *queue = node_dir(disk_dir, "queue");

        (void) node_text(queue, "discard_granularity", "0\n");
        (void) node_text(queue, "discard_max_bytes", "0\n");
        (void) node_text(queue, "hw_sector_size", "512\n");
        (void) node_text(queue, "logical_block_size", "512\n");
        (void) node_text(queue, "max_sectors_kb", "1280\n");
        (void) node_text(queue, "minimum_io_size", "512\n");
        (void) node_text(queue, "nr_requests", "256\n");
        (void) node_text(queue, "optimal_io_size", "0\n");
        (void) node_text(queue, "physical_block_size", "512\n");
        (void) node_text(queue, "read_ahead_kb", "128\n");
        (void) node_text(queue, "rotational", "0\n");
        (void) node_text(queue, "scheduler", "[mq-deadline] none\n");
}

static void lun_add_disk(Lun *lun) {
        _cleanup_free_ char *name = disk_name(lun->disk_index);
        _cleanup_free_ char *env = mem_printf("DEVTYPE=disk\nDISKSEQ=%u\n", ++disk_sequence);
        Node *dir;

        lun->block = device_new(device_dir(lun->scsi),
                                &(DeviceSpec){
                                        .name = name,
                                        .subsystem = "block",
                                        .env = env,
                                        .devname = name,
                                        .is_block = true,
                                        .minor = lun->disk_index * MINORS_PER_DISK,
                                });
        dir = device_dir(lun->block);

        (void) node_text(dir, "alignment_offset", "0\n");
        (void) node_text(dir, "diskseq", "%u\n", disk_sequence);
        (void) node_text(dir, "hidden", "0\n");
        (void) node_text(dir, "removable", "0\n");
        (void) node_text(dir, "ro", "0\n");
        lun_write_size(lun);
        (void) node_dir(dir, "holders");
        (void) node_dir(dir, "slaves");
        disk_add_queue(dir);

        device_announce(lun->block, "add");
}

static void lun_add_generic(Lun *lun, const char *hctl) {
        _cleanup_free_ char *sg = mem_printf("sg%u", lun->generic_index);
        _cleanup_free_ char *bsg = mem_printf("bsg/%s", hctl);

        lun->generic = lun_add_class(lun, &(DeviceSpec){
                                                  .name = sg,
                                                  .subsystem = "scsi_generic",
                                                  .devname = sg,
                                                  .minor = lun->generic_index,
                                          });
        lun->bsg = lun_add_class(lun, &(DeviceSpec){
                                              .name = hctl,
                                              .subsystem = "bsg",
                                              .devname = bsg,
                                              .minor = BSG_MINOR_FIRST + lun->generic_index,
                                      });
}

Lun *lun_new(Node *target_dir, const char *hctl, const Mapping *mapping) {
        Lun *lun = mem_new(sizeof *lun);

        *lun = (Lun){
                .number = mapping->lun,
                .disk_index = ids_take(&disk_ids),
                .generic_index = ids_take(&generic_ids),
                .size_bytes = mapping->size_bytes,
        };

        lun_add_scsi(lun, target_dir, hctl, mapping);
        lun->scsi_device =
                lun_add_class(lun, &(DeviceSpec){ .name = hctl, .subsystem = "scsi_device" });
        lun_add_generic(lun, hctl);
        lun->scsi_disk =
                lun_add_class(lun, &(DeviceSpec){ .name = hctl, .subsystem = "scsi_disk" });
        lun_add_disk(lun);
        device_bind(lun->scsi, "sd");
        device_announce(lun->scsi, "bind");
        return lun;
}

Lun *lun_free(Lun *lun) {
        lun->bsg = device_remove(lun->bsg);
        lun->generic = device_remove(lun->generic);
        lun->scsi_device = device_remove(lun->scsi_device);
        lun->block = device_remove(lun->block);
        lun->scsi_disk = device_remove(lun->scsi_disk);
        device_announce(lun->scsi, "unbind");
        lun->scsi = device_remove(lun->scsi);

        ids_give(&disk_ids, lun->disk_index);
        ids_give(&generic_ids, lun->generic_index);
        free(lun);
        return NULL;
}

void lun_set_state(Lun *lun, const char *state) {
        (void) node_text(device_dir(lun->scsi), "state", "%s\n", state);
}

void lun_resize(Lun *lun, const Mapping *mapping) {
        lun->size_bytes = mapping->size_bytes;
        device_announce_change(lun->scsi, "SDEV_UA=CAPACITY_DATA_HAS_CHANGED\n");
}

void lun_identify(Lun *lun, const Mapping *mapping) {
        (void) node_text(device_dir(lun->scsi), "wwid", "%s\n", mapping->wwid);
        vpd_write(device_dir(lun->scsi), mapping->wwid);
        device_announce(lun->block, "change");
}
