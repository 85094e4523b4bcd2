/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which path is meant by a name of a device? Reads links below /dev and, for partitions, sysfs.
 */

#include "lunwatch/path/inventory.h"

/*
 * name: an H:C:T:L, a kernel name ("sdb", "sdb1") or anything below /dev ("/dev/sdb1", any link);
 * a partition stands for its disk. NULL when it is no path that is known.
 */
const Path *path_find(const Inventory *inventory, const char *name);
