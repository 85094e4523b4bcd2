/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A condition as it comes over the bus, the a{sv} of WaitFor and of Rescan.
 */

#include "lunwatch/job/condition.h"

#include <systemd/sd-bus.h>

#define CONDITION_PATHS_MAX 4096U

/* Sets the error on failure. */
int condition_bus_read_filter(sd_bus_message *call, Condition *ret, sd_bus_error *error);
int condition_bus_read_scope(sd_bus_message *call, Condition *ret, sd_bus_error *error);
