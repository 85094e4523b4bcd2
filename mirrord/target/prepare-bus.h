/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What org.npivot.mirror1.Manager has of targets: Prepare and CollectGarbage.
 */

#include "mirrord/target/targets.h"

/* Calls of CollectGarbage that wait for what they have begun. */
#define COLLECT_CALLS_MAX 16

int prepare_bus_add(Targets *targets, sd_bus *bus);

/* Something that was collected has come to its end. */
void prepare_bus_tell_collected(void);
/* Before the bus goes. */
void prepare_bus_forget(void);
