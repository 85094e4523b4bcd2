/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An N_Port as the host sees it: SCSI host, fc_host, and the remote ports and LUNs behind it. The
 * same for a physical port (hba.c) and a virtual one (vport.c), which own it.
 */

#include <stdbool.h>

#include "device.h"
#include "san.h"

typedef struct Port Port;

typedef struct PortSpec {
        Wwpn port_name;
        Wwpn node_name;
        Wwpn fabric_name;
        const char *port_type;
        const char *speed;
        const char *driver;
        const char *model;
} PortSpec;

/* Below parent; the uevents are sent, and no LUNs are there yet. */
Port *port_new(Node *parent, const PortSpec *spec);
Port *port_free(Port *port);

/* Every port there is; NULL begins, and ends. */
Port *port_next(Port *port);

unsigned port_number(const Port *port);
Wwpn port_port_name(const Port *port);
Node *port_dir(const Port *port);
Node *port_fc_dir(const Port *port);

/*
 * Logged in ("Online"), or not ("Linkdown", "Offline"): remote ports and LUNs are blocked, or run
 * again. New LUNs are attached by port_scan().
 */
void port_set_state(Port *port, const char *state);

/* Attaches every mapped LUN that is missing, if the port is online. */
void port_scan(Port *port);

/* Attaches, removes, or gives its new identity to one LUN, if the port has to do with it. */
void port_map(Port *port, const Mapping *mapping);
void port_unmap(Port *port, const Mapping *mapping);
void port_forget(Port *port); /* all of them, and the remote ports as well */
void port_identify(Port *port, const Mapping *mapping);
void port_resize(Port *port, const Mapping *mapping);

/* The name of the disk a mapping has become here, or NULL. */
const char *port_disk(const Port *port, const Mapping *mapping);
