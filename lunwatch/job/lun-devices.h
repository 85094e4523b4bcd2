/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All that one LUN is on this host, copied from the inventory: its paths and its multipath map.
 * Holds names only, so that it stays when the inventory changes.
 */

#include "lunwatch/job/client.h"
#include "lunwatch/map/find.h"

typedef struct LunDevices {
        char *wwid;             /* "": not known */
        char map[MAP_NAME_MAX]; /* of its multipath map; "": none */
        char map_device[MAP_DEVICE_MAX];
        Hctl hctls[ACT_DEVICES_MAX];
        size_t n_paths;
} LunDevices;

void lun_devices_done(LunDevices *lun);

/*
 * name: of one of its paths, its WWID, or of its map. Of a LUN without a WWID only the path named
 * is meant. -ENOENT, -ENOTUNIQ (a map of several LUNs), -E2BIG (more than ACT_DEVICES_MAX paths).
 */
int lun_devices_find(const Inventory *inventory, const MapTable *maps, const char *name,
                     LunDevices *ret);

/* "naa.6001…", or the H:C:T:L of a LUN without a WWID. */
const char *lun_devices_name(const LunDevices *lun, HctlString buf);

/*
 * Those that are still there, in found->paths (room for ACT_DEVICES_MAX) and found->maps (room for
 * one).
 */
void lun_devices_look(const LunDevices *lun, const Index *index, const MapTable *maps,
                      Found *found);
