/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Manager. Answers from the inventory and tells of its changes; changes
 * nothing itself.
 */

#include "lunwatch/map/table.h"
#include "lunwatch/path/inventory.h"

#include <systemd/sd-bus.h>

#define MANAGER_NAME "org.npivot.lunwatch1"
#define MANAGER_PATH "/org/npivot/lunwatch1"
#define MANAGER_INTERFACE "org.npivot.lunwatch1.Manager"

typedef struct Manager {
        sd_bus *bus; /* borrowed */
        Inventory *inventory;
        uint64_t generation;

        const MapTable *maps; /* borrowed */
} Manager;

int manager_bus_add(Manager *manager, sd_bus *bus, Inventory *inventory, const MapTable *maps);

/* Sends what subscribers have not been told. A signal that cannot be sent leaves a gap. */
int manager_bus_tell(Manager *manager);
