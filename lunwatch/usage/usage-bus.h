/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Usage: who uses what, and what hangs together with what.
 */

#include "lunwatch/usage/usage.h"
#include "lunwatch/watch.h"

#include <systemd/sd-bus.h>

#define USAGE_INTERFACE "org.npivot.lunwatch1.Usage"
#define USE_BUS_LIST "a(ssss)"

typedef struct UsageBus {
        sd_bus *bus; /* this and the following are borrowed */
        const Usage *usage;
        Tell *tell;
        char **changed; /* kernel names to be told; NULL at the end */
        size_t n_changed;
} UsageBus;

int usage_bus_add(UsageBus *self, sd_bus *bus, const Usage *usage, Tell *tell);
void usage_bus_done(UsageBus *self);

/* What is on this device is another than before: for mounts and for watch_listen(). */
void usage_bus_note(UsageBus *self, const char *device);
WatchListener usage_bus_listener(UsageBus *self);

/* Sends what subscribers have not been told. */
int usage_bus_tell(UsageBus *self);

int use_bus_append_list(sd_bus_message *m, const UseList *uses);
