/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Maps. Answers from the map table and the inventory; changes nothing itself.
 */

#include "lunwatch/map/follow.h"

#include <systemd/sd-bus.h>

#define MAPS_INTERFACE "org.npivot.lunwatch1.Maps"
#define MAP_BUS_FIELDS "ssssstsa(ssssuss)asass"
#define MAP_BUS_TYPE "(" MAP_BUS_FIELDS ")"

typedef struct MapsBus {
        sd_bus *bus;          /* borrowed */
        Inventory *inventory; /* borrowed */
        Maps *maps;           /* borrowed */
        uint64_t generation;
        bool told_running;
} MapsBus;

int maps_bus_add(MapsBus *self, sd_bus *bus, Inventory *inventory, Maps *maps);

/* Sends what subscribers have not been told. */
int maps_bus_tell(MapsBus *self);

/* A map as the struct that the interface describes. */
int map_bus_append(sd_bus_message *m, const Map *map, const Index *index);

/* For names that find_object() does not find: sets the error. */
int maps_bus_refuse(sd_bus_error *error, int r, const char *name);
