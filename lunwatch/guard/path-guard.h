/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The identity guard for paths: gives the index's paths their names for the guard, and the guard's
 * judgement to the index.
 */

#include "lunwatch/guard/guard.h"
#include "lunwatch/path/inventory.h"

typedef struct PathGuard {
        Guard *guard;         /* borrowed */
        Inventory *inventory; /* borrowed */
        InventoryGuard hook;
} PathGuard;

/* From now on the inventory asks the guard. */
void path_guard_attach(PathGuard *paths, Guard *guard, Inventory *inventory);

/* "INITIATOR-TARGET-lun-N": the same on every host and after every boot. */
typedef char PathGuardKey[RECORD_KEY_MAX + 1];
const char *path_guard_key(const Path *path, PathGuardKey ret);
