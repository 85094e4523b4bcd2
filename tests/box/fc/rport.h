/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A remote port, that is, a target port a host has found: its fc_remote_ports device, its SCSI
 * target while it has LUNs, and those LUNs.
 */

#include <stdbool.h>
#include <sys/queue.h>

#include "lun.h"

typedef struct Rport {
        TAILQ_ENTRY(Rport) in_port;
        TAILQ_HEAD(, Lun) luns;
        Wwpn port_name;
        unsigned host;
        unsigned number;
        Device *rport; /* bare */
        Device *remote_port;
        Device *target; /* NULL while there is no LUN */
        Device *transport;
} Rport;

Rport *rport_new(Node *host_dir, unsigned host, unsigned number, Wwpn port_name);
Rport *rport_free(Rport *rport);

/* Online, or blocked with all its LUNs. */
void rport_set_online(Rport *rport, bool online);

Lun *rport_find(Rport *rport, uint64_t lun);
void rport_attach(Rport *rport, const Mapping *mapping);
void rport_detach(Rport *rport, Lun *lun);
