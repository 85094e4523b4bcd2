/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What Start, StartLegacy, Prepare and Export have in common: arguments and options that are read
 * from the call, and checked. On failure the error says what is wrong and what it must be.
 */

#include "common/bus-object.h"
#include "common/cleanup.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define REQUEST_DIRECTORY_MAX 200
#define REQUEST_PEER_NAME_MAX 253 /* a name in the DNS */

/* org.npivot.Error.InvalidArgument, and its errno. */
int request_refuse(sd_bus_error *error, const char *format, ...) _printf_(2, 3);

/* ---- arguments */

/* The path lives as long as the call. */
int request_read_monitor(sd_bus_message *call, const char **ret, sd_bus_error *error);
int request_read_address(sd_bus_message *call, char **ret, sd_bus_error *error);

/* Of a disk: its target name, and its node. */
int request_check_name(const char *name, sd_bus_error *error);
int request_check_node(const char *disk, const char *node, sd_bus_error *error);

/* ---- options: a{sv} */

/* What has a value of another type is refused by its name. */
int request_read_options(sd_bus_message *call, BusEntryFunc func, void *userdata,
                         sd_bus_error *error);

/* The text lives as long as the call. */
int request_read_text(sd_bus_message *call, const char **ret);
int request_read_bool(sd_bus_message *call, bool *ret);
int request_read_tls(sd_bus_message *call, bool *ret_is_plain);
int request_read_certificates(sd_bus_message *call, char **ret, sd_bus_error *error);
int request_read_peer_name(sd_bus_message *call, char **ret, sd_bus_error *error);

/* Whether the three go together; NULL: not given. is_plain: Tls=false. */
int request_check_tls(const char *certificates, const char *peer_name, bool is_plain,
                      sd_bus_error *error);
