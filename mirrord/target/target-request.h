/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What somebody asks for with Manager.Prepare: read from the call, and checked. Does nothing about
 * it.
 */

#include "mirrord/target/target.h"

#include <systemd/sd-bus.h>

/* On failure the error says what is wrong and what it must be. */
int target_request_read(sd_bus_message *call, Target *target, sd_bus_error *error);

/* Of Target.Export: each disk gets its node. The monitor lives as long as the call. */
int target_request_read_nodes(sd_bus_message *call, Target *target,
                              char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1],
                              const char **ret_monitor, sd_bus_error *error);
