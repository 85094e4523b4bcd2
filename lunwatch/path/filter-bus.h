/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The filter of ListPaths as it comes over the bus, and the refusal of names that are no WWNs.
 */

#include "lunwatch/path/filter.h"

#include <systemd/sd-bus.h>

/* Reads the a{sv}; the WWID in it lives as long as the call. Sets the error on failure. */
int filter_bus_read(sd_bus_message *call, Filter *ret, sd_bus_error *error);

/* The name of a port; sets the error on failure. */
int filter_bus_parse_port(const char *text, Port *ret, sd_bus_error *error);

/* For what is no name of a port of any transport. */
int filter_bus_refuse_port(sd_bus_error *error, const char *given);

/* what: "port name" or "node name". */
int filter_bus_refuse_wwn(sd_bus_error *error, const char *what, const char *given);
