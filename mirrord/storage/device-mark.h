/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * By what a block device is known again: what it calls itself by (its WWID, the UUID of a map), or
 * else which of the devices of this boot it is. A path in /dev leads to another one as soon as a
 * link or a name is another.
 */

#include "mirrord/storage/request.h"

#include <sys/types.h>

/* sysfs: "/sys". */
int device_mark(const char *sysfs, dev_t device, StorageMark ret);

/* It has nothing of its own to be known by. */
bool device_mark_is_of_boot(const char *mark);
