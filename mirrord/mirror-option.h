/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The options of Manager.Start and, for a mirror of MIRROR_LEGACY, of StartLegacy.
 */

#include "mirrord/mirror.h"

#include <systemd/sd-bus.h>

/* Checks as well whether they go with each other and with the disks, which are read by then. */
int mirror_options_read(sd_bus_message *call, Mirror *mirror, sd_bus_error *error);
