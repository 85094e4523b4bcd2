/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses paths and maps, as far as it can be known without opening anything: partitions, maps,
 * LVM, MD and whatever else stands on them, down to what is mounted or swapped on. Who merely has a
 * device open, and what is written on it, only lun-act can find out.
 */

#include "lunwatch/map/find.h"
#include "lunwatch/usage/mounts.h"
#include "lunwatch/usage/use.h"

/* Devices that stand on a LUN: more are not looked at. */
#define USAGE_DEVICES_MAX 4096

typedef struct Usage {
        const Inventory *inventory; /* borrowed, as are the others */
        const MapTable *maps;
        Mounts *mounts;
} Usage;

/* Of the paths and maps found, and all that stands on them. A use is named once. */
int usage_of(const Usage *usage, const Found *found, UseList *ret);

/* As find_object(), and mount points besides: *ret_is_mount tells. */
int usage_find(const Usage *usage, const char *name, Found *ret, bool *ret_is_mount);

/* The kernel name of a block device. -ENOENT when there is none. */
int usage_device_name(const Usage *usage, dev_t device, char ret[static MAP_DEVICE_MAX]);
