/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Disks that are logical volumes, made and removed by LVM's own programs. The token is a tag of the
 * volume from its first moment: what has it is ours, whatever its name is by now.
 */

#include "mirrord/storage/request.h"

/* "/dev/VG/LV", by its form. */
bool volume_is_one(const char *path);

/* > 0: there is no such volume to use, and it has been told that it can be made; 0: see
 * device_check(). */
int volume_check(const StorageRequest *request);
int volume_create(const StorageRequest *request);
int volume_place(const StorageRequest *request);
int volume_remove(const StorageRequest *request);
