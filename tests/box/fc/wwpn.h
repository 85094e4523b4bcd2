/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * World Wide Names as the kernel's FC transport class reads them: 16 hex digits, nothing else. Not
 * common/wwn.h: the simulator must not forgive what the kernel does not.
 */

#include <stddef.h>
#include <stdint.h>

typedef uint64_t Wwpn;

/* Reads exactly 16 hex digits; -EINVAL for anything else. What follows them is not looked at. */
int wwpn_parse(const char *text, Wwpn *ret);

/* "WWPN:WWNN", perhaps a newline: what vport_create and vport_delete take. */
int wwpn_parse_pair(const char *data, size_t len, Wwpn *ret_port_name, Wwpn *ret_node_name);
