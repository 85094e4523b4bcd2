/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One path to a LUN: the scsi_device with its sg and bsg nodes and its disk, made and removed in
 * the kernel's order. Which LUNs there are is port.c's business.
 */

#include <stdint.h>
#include <sys/queue.h>

#include "device.h"
#include "san.h"

typedef struct Lun {
        TAILQ_ENTRY(Lun) in_rport;
        uint64_t number;
        unsigned disk_index;
        unsigned generic_index;
        uint64_t size_bytes; /* at the array; sysfs has it after a rescan */
        Device *scsi;
        Device *scsi_device;
        Device *scsi_disk;
        Device *generic;
        Device *bsg;
        Device *block;
} Lun;

/* hctl is the name, as in "6:0:0:1". */
Lun *lun_new(Node *target_dir, const char *hctl, const Mapping *mapping);
Lun *lun_free(Lun *lun);

/* "running", "blocked", "offline" …; the kernel sends no uevent for it. */
void lun_set_state(Lun *lun, const char *state);

/* The array says that it has another size: the kernel reads it when it is told to, by rescan. */
void lun_resize(Lun *lun, const Mapping *mapping);

/* The identity in sysfs becomes the mapping's, and udev hears of a change. */
void lun_identify(Lun *lun, const Mapping *mapping);
