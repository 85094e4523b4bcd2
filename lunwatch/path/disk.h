/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The block device of a SCSI device, in sysfs and in udev's database. root_fd is a directory with
 * sys, run and dev below it.
 */

#include "lunwatch/path/udev-data.h"

#include <stdint.h>
#include <sys/types.h>

#define DISK_NAME_MAX 32 /* the kernel's DISK_NAME_LEN */
#define DISK_UDEV_TEXT_MAX (32 * 1024)

typedef struct Disk {
        char name[DISK_NAME_MAX]; /* "": none */
        uint64_t size_bytes;
        uint32_t major, minor;
        UdevData udev;                 /* its links point into the text */
        char text[DISK_UDEV_TEXT_MAX]; /* of the udev database */
} Disk;

/*
 * device_fd is the directory of the SCSI device. A disk that vanishes meanwhile, or that makes no
 * sense, is none: 0 with an empty name.
 */
int disk_read(int root_fd, int device_fd, Disk *ret);

/* What udev says of the block device with the numbers that are in it. */
void disk_read_udev(int root_fd, Disk *disk);

/*
 * What device does a name below /dev stand for? name is what comes behind "/dev/"; no way leads
 * out of /dev or into another file system mounted there (/dev/shm is everybody's). -ENOTBLK when it
 * is not a block device.
 */
int disk_resolve(int root_fd, const char *name, dev_t *ret);
