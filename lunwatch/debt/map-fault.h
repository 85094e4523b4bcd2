/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What device-mapper and multipathd say against a path that looks well in sysfs.
 */

#include "lunwatch/map/table.h"

/* userdata: the MapTable. "failed" (by device-mapper), "faulty" (by multipathd's checker), or NULL.
 */
const char *map_fault(void *userdata, const Path *path);
