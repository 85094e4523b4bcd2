/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What org.npivot.mirror1.Manager has of QEMUs that nothing is done with yet: QueryNodes.
 */

#include <systemd/sd-bus.h>

/* Calls that wait for a QEMU. */
#define NODE_CALLS_MAX 8

int node_bus_add(sd_bus *bus);

/* Before the bus goes. */
void node_bus_forget(void);
