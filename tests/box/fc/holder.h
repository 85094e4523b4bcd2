/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Block devices that sit on top of disks, such as device-mapper maps: as far as holders/, slaves/
 * and dm/ go. No data passes through them.
 */

#include <stddef.h>

/* -ENODEV if a disk is missing, -EEXIST if there is such a holder. dm_name and uuid for dm/. */
int holder_add(const char *name, const char *dm_name, const char *uuid, char *const *disks,
               size_t n);
int holder_remove(const char *name);
void holder_remove_all(void);
