/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A virtual port and what becomes of it, by the SAN's policy for its WWPN.
 */

#include <systemd/sd-event.h>

#include "port.h"

struct Hba;

typedef struct Vport {
        TAILQ_ENTRY(Vport) in_hba;
        struct Hba *hba;
        Wwpn port_name;
        Wwpn node_name;
        unsigned number;
        VportState state;
        Device *device; /* bare */
        Device *fc_vport;
        Port *port; /* NULL while it is being made */
        sd_event_source *state_timer;
        sd_event_source *lun_timer;
} Vport;

/* Makes the fc_vports device only, as the transport class does before it asks the driver. */
Vport *vport_new(struct Hba *hba, unsigned number, Wwpn port_name, Wwpn node_name);

/* What the driver does: the SCSI host, then login by policy. */
int vport_start(Vport *vport);
Vport *vport_free(Vport *vport);

/* Nobody is told, as in the kernel; a port that becomes Active attaches its LUNs. */
void vport_set_state(Vport *vport, VportState state);

/* The physical link went or came. */
void vport_link_changed(Vport *vport);

Vport *vport_find(Wwpn port_name);
