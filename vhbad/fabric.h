/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One question to the fabric's name server: which port has this WWPN? The kernel does not tell why
 * a login is refused; this does. The asking needs a device and a capability that vhba-port shall
 * not have, so it is done by vhba-fabric, behind a socket of systemd's.
 */

#include "common/wwn.h"

#include <stdint.h>

#define FABRIC_SOCKET "/run/npivot/fabric"
#define FABRIC_LINE_MAX 64 /* of a question or an answer, as below */

/*
 * On the socket: the question "host5 2101001b32a90004\n"; the answer "port 010203\n", "none\n" or
 * "error ERRNO\n".
 */

/*
 * Asks through the HBA ("host5"), for at most a few seconds. -ENOENT: no port has it. Any other
 * error: it could not be asked, which is no answer.
 */
int fabric_find_port(const char *host, Wwn wwpn, uint32_t *ret_port_id);
