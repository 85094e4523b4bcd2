/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Manager. Answers from the inventory and tells of its changes; changes
 * nothing itself.
 */

#include "lunwatch/path/inventory.h"
#include "lunwatch/path/lun.h"

#include <systemd/sd-bus.h>

#define MANAGER_NAME "org.npivot.lunwatch1"
#define MANAGER_PATH "/org/npivot/lunwatch1"
#define MANAGER_INTERFACE "org.npivot.lunwatch1.Manager"

typedef struct Manager {
        sd_bus *bus; /* borrowed */
        Inventory *inventory;
        uint64_t generation;

        /* Finds the map of a LUN, with maps as userdata; NULL while maps are not known. */
        LunMapFind find_map;
        const void *maps;
} Manager;

int manager_bus_add(Manager *manager, sd_bus *bus, Inventory *inventory);

/* Sends what subscribers have not been told. A signal that cannot be sent leaves a gap. */
int manager_bus_tell(Manager *manager);
