/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Multipath maps: what they are made of, and how they are taken down. multipathd does that if it
 * runs, since it would make the map anew otherwise; else device-mapper, through libdevmapper, whose
 * home this is. root_fd is a directory with sys below it.
 */

#include "lunwatch/act/scsi.h"

/*
 * The kernel name ("dm-3") of the multipath map of that name on top of a disk. -ENOENT when there
 * is none.
 */
int dm_find_map(int root_fd, const char *disk, const char *name, char *ret, size_t size);

/* Whether it is made of nothing but these disks. */
bool dm_is_made_of(int root_fd, const char *map, const ScsiDisk *disks, size_t n_disks);

/* With the partitions that kpartx has made of it. -EBUSY: somebody has it open. */
int dm_remove_map(int root_fd, const char *map, const char *name);
