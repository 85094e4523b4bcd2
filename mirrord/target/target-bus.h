/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Targets as objects with org.npivot.mirror1.Target, and their object manager.
 */

#include "mirrord/target/targets.h"

#define TARGET_BUS_ROOT "/org/npivot/mirror1/target"

typedef char TargetBusPath[sizeof TARGET_BUS_ROOT + MIRROR_NAME_MAX + 1];
const char *target_bus_path(const Target *target, TargetBusPath ret);

/* The targets' observer as well. */
int target_bus_add(Targets *targets, sd_bus *bus);
