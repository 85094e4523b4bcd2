/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What somebody asks for with Manager.Start and StartLegacy: read from the call, and checked. Does
 * nothing about it.
 */

#include "mirrord/mirror.h"

#include <systemd/sd-bus.h>

/* On failure the error says what is wrong and what it must be. */
int mirror_request_read(sd_bus_message *call, Mirror *mirror, sd_bus_error *error);
int mirror_request_read_legacy(sd_bus_message *call, Mirror *mirror, sd_bus_error *error);
