/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.mirror1.Manager: begins mirrors.
 */

#include "mirrord/mirrors.h"

int manager_bus_add(Mirrors *mirrors, sd_bus *bus);
