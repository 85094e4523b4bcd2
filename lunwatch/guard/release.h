/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds what somebody wants released from quarantine, and releases it.
 */

#include "lunwatch/guard/guard.h"
#include "lunwatch/path/inventory.h"

/*
 * name: a key of the guard, any name of a path, or a WWID in any spelling, the old or the new one:
 * then everything that has it. Returns how many were released, 0: none has that name.
 */
int release(Guard *guard, Inventory *inventory, const char *name);
