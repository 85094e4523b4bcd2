/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The identity guard for maps: a multipath map is known by its name, and must keep its uuid and
 * size. Other maps are resized and renamed by those who own them. A map never goes by itself.
 */

#include "lunwatch/guard/guard.h"
#include "lunwatch/map/follow.h"

typedef struct MapGuardian {
        Guard *guard; /* borrowed */
        MapGuard hook;
} MapGuardian;

/* From now on the maps are judged by the guard: to be called before maps_start(). */
void map_guard_attach(MapGuardian *self, Guard *guard, Maps *maps);
