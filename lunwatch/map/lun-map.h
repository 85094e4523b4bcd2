/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Maps as lists of LUNs must know them (lunwatch/path/lun.h, which knows no maps).
 */

#include "lunwatch/map/table.h"
#include "lunwatch/path/lun.h"

/* A LunMapFind; table: the MapTable. What it returns is the table's. */
bool lun_map_find(const void *table, const char *wwid, LunMap *ret);
