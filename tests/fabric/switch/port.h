/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The registry of what is logged in: one Port per N_Port or vport, with its 24-bit address and
 * what it told the name server. Sends nothing: who must hear of a change is fabric.c's business.
 */

#include "link.h"

#include <sys/queue.h>

#define PORT_SYMBOLIC_SIZE 256

/*
 * Addresses are domain, area, port (FC-FS-3, 11): the domain is the switch, the area is the link
 * plus one, and the port is 0 for the physical port of the link and 1..255 for vports and for
 * further ENodes behind the same link.
 */
#define PORTS_PER_LINK 256

typedef struct Port {
        TAILQ_ENTRY(Port) entry;
        Link *link;
        uint32_t id;
        uint64_t port_name;
        uint64_t node_name;
        uint8_t mac[6];       /* granted by us: FC-MAP and id */
        uint8_t enode_mac[6]; /* of the host's interface */
        bool is_virtual;
        bool wants_rscn;    /* SCR */
        bool is_registered; /* RFT_ID: the name server lists it */
        uint16_t payload_max;
        uint8_t fc4_types[32];     /* bitmap, in the order of RFT_ID */
        uint8_t fc4_features[128]; /* four bits per type, in the order of GFF_ID */
        char symbolic_name[PORT_SYMBOLIC_SIZE];
        char node_symbolic_name[PORT_SYMBOLIC_SIZE];
        uint64_t login_msec;
        uint64_t keep_alive_msec;
        uint64_t frames_from;
        uint64_t frames_to;
        uint64_t frames_dropped; /* by zoning or a fault, in either direction */
} Port;

typedef TAILQ_HEAD(PortList, Port) PortList;

/* -ENOSPC: the link has no address left. */
int port_list_add(PortList *list, Link *link, uint8_t domain, bool is_virtual, Port **ret);
void port_list_drop(PortList *list, Port *port);

Port *port_find_id(const PortList *list, uint32_t id);
/* The first one in order of login: with duplicates allowed there may be more. */
Port *port_find_name(const PortList *list, uint64_t port_name);
/* The port that logged in by FLOGI from this interface of a host. */
Port *port_find_physical(const PortList *list, const Link *link, const uint8_t enode_mac[6]);
unsigned port_count_virtual(const PortList *list, const Link *link);
unsigned port_count_name(const PortList *list, uint64_t port_name);

bool port_has_type(const Port *port, uint8_t type);
uint8_t port_feature(const Port *port, uint8_t type);
void port_set_feature(Port *port, uint8_t type, uint8_t feature);
