/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads maps out of sysfs and the udev database. Everything may vanish between two reads, and
 * nothing that is read is trusted to be well-formed. The states of paths are not in sysfs: they
 * come from multipathd. root_fd is a directory with sys and run below it.
 */

#include "lunwatch/map/map.h"

/* Whether a block device of this kernel name can be a map. */
bool map_name_is_map(const char *device);

/* -ENOENT or -ENODEV when it is gone, or is none: a loop device without a file, an empty md. */
int map_read(int root_fd, const char *device, Map **ret);

/* Calls func with the kernel name of every block device that may be one. */
int map_scan(int root_fd, void (*func)(const char *device, void *userdata), void *userdata);
