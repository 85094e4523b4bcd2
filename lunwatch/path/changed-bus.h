/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The Changed signal: arrays of changes, cut so that no message comes near the bus's limits.
 */

#include "lunwatch/path/changes.h"

#include <systemd/sd-bus.h>

#define CHANGED_MAX 1000

/*
 * Sends what has not been told, each signal with the next generation. A signal that cannot be sent
 * still counts: the gap tells subscribers to list again. Returns the first failure.
 */
int changed_bus_send(ChangeSet *changes, const Index *index, sd_bus *bus, uint64_t *generation);
