/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The index kept true to sysfs and the udev database: one path at a time when somebody says that
 * it may have changed, or all of them. A path enters once it is complete, and every difference is
 * noted for subscribers. Knows no events and no clock: who calls when is watch.c's business.
 */

#include "lunwatch/path/changes.h"
#include "lunwatch/path/held.h"
#include "lunwatch/path/reader.h"

typedef struct Inventory {
        Reader reader;
        Index index;
        ChangeSet changes;
        HeldList held;
        uint32_t n_scans;
        PathKey swept; /* how far the round of the states has come */
} Inventory;

/* root as for reader_open(). */
int inventory_open(Inventory *inventory, const char *root);
void inventory_done(Inventory *inventory);

/*
 * Reads one path again. On failure what was known stays, as it does while udev is at work on the
 * same device.
 */
int inventory_update(Inventory *inventory, const DevPath *where, uint64_t now_usec);

/* The kernel has said that it is gone; sysfs may say so a moment later. */
int inventory_remove(Inventory *inventory, const Hctl *hctl);

/* Reads the paths behind a remote port again. */
int inventory_update_rport(Inventory *inventory, const RportId *rport, uint64_t now_usec);

/*
 * Reads everything and drops what is no longer there. Goes on where single paths fail, and returns
 * the first failure then: what is known is no longer everything.
 */
int inventory_scan(Inventory *inventory, uint64_t now_usec);

/*
 * Looks for changes that come without an event: the states of all remote ports, and of the next
 * SWEEP_STATES_MAX devices; reads again what differs. Lets in what was held long enough.
 */
#define SWEEP_STATES_MAX 256
int inventory_sweep(Inventory *inventory, uint64_t now_usec);
