/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A definition as a client sends it: the a{sv} of Manager.Define(). Held to the same rules as a
 * file, by the same parser.
 */

#include "vhbad/definition.h"

#include <systemd/sd-bus.h>

/* On a mistake error is set: InvalidWwn or InvalidDefinition, and it names the key. */
int definition_read_message(sd_bus_message *message, Definition *ret, sd_bus_error *error);

/* The common end of all checks of one value: InvalidDefinition. The parser's words name the key. */
int definition_refuse(sd_bus_error *error, const ConfError *mistake);

/* A WWN out of a client's argument; what names it in the error. */
int wwn_read_argument(const char *text, const char *what, Wwn *ret, sd_bus_error *error);
