/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Guard: what is in quarantine, and what is owed.
 */

#include "lunwatch/debt/debts.h"
#include "lunwatch/guard/path-guard.h"
#include "lunwatch/map/table.h"
#include "lunwatch/tell.h"

#include <systemd/sd-bus.h>

#define GUARD_INTERFACE "org.npivot.lunwatch1.Guard"

typedef struct GuardBus {
        sd_bus *bus; /* this and the following are borrowed */
        Inventory *inventory;
        Guard *guard;
        const Debts *debts;
        const MapTable *maps;
        Tell *tell;           /* for changes that Release makes */
        size_t n_quarantined; /* as last told */
} GuardBus;

int guard_bus_add(GuardBus *guard, sd_bus *bus);

/* Tells how many are in quarantine, if that is another number than before. */
void guard_bus_tell(GuardBus *guard);

/* Tells what is owed: it is something else than before. userdata is the GuardBus. */
void guard_bus_tell_debts(void *userdata);
