/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The two ends of a path in sysfs: the port of the HBA or vHBA (fc_host) and the port of the
 * storage (rport), or the two nodes of an iSCSI session, with the names that stay while hosts,
 * rports and sessions are numbered anew. root_fd is a directory with sys below it.
 */

#include "lunwatch/path/path.h"

#include <stddef.h>

/* The names are those of a PathKey. */
typedef struct Ports {
        PathTransport transport;
        RportId rport;
        uint64_t initiator;
        Wwn initiator_node; /* 0: not known */
        uint64_t hba;       /* the HBA that carries the vport, or the initiator; 0: not known */
        uint64_t target;
        RportState rport_state;
} Ports;

/*
 * Of where, the rport, the transport and the HBA's host count. -ENOENT, -ENODEV or -ENXIO when one
 * of the two is gone or has no name.
 */
int ports_read(int root_fd, const DevPath *where, Ports *ret);

/* Whether the SCSI host of the HBA, vHBA or iSCSI session is still there. */
bool ports_host_is_there(int root_fd, const DevPath *where);

/* The state alone, for noticing a change. */
int ports_read_state(int root_fd, PathTransport transport, const RportId *rport, RportState *ret);

/*
 * The SCSI host of the HBA or vHBA with this port name, and the state of its port in the kernel's
 * words. -ENXIO when there is none.
 */
int ports_find_host(int root_fd, Wwn initiator, uint32_t *ret_host, char *state, size_t size);
