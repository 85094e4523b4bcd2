/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds what somebody wants released from quarantine, and releases it.
 */

#include "lunwatch/guard/guard.h"
#include "lunwatch/map/find.h"

/*
 * name: a key of the guard, any name of a path or a map, or a WWID in any spelling, the old or the
 * new one: then everything that has it. Returns how many were released, 0: none has that name. Maps
 * are judged again by who calls, see maps_judge_quarantined().
 */
int release(Guard *guard, Inventory *inventory, const MapTable *maps, const char *name);
