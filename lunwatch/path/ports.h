/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The two ends of a path in sysfs: the port of the HBA or vHBA (fc_host) and the port of the
 * storage (rport), with the names that stay while hosts and rports are numbered anew. root_fd is a
 * directory with sys below it.
 */

#include "lunwatch/path/path.h"

#include <stddef.h>

typedef struct Ports {
        RportId rport;
        Wwn initiator;
        Wwn initiator_node; /* 0: not known */
        Wwn target;
        RportState rport_state;
} Ports;

/* -ENOENT, -ENODEV or -ENXIO when one of the two is gone or has no name. */
int ports_read(int root_fd, const RportId *rport, Ports *ret);

/* The state alone, for noticing a change. */
int ports_read_rport_state(int root_fd, const RportId *rport, RportState *ret);

/*
 * The SCSI host of the HBA or vHBA with this port name, and the state of its port in the kernel's
 * words. -ENXIO when there is none.
 */
int ports_find_host(int root_fd, Wwn initiator, uint32_t *ret_host, char *state, size_t size);
