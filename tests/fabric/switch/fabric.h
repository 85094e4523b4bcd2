/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One fabric of one switch: its settings, links, ports, zoning, faults and clock, and what has to
 * happen when a link or a port comes or goes. Frames are read and answered by frame.c and the
 * services behind it; sockets and time are the caller's.
 */

#include "attempt.h"
#include "common/cleanup.h"
#include "delay.h"
#include "fault.h"
#include "link.h"
#include "port.h"
#include "zone.h"

#define FABRIC_LINKS_MAX 128
/* libfcoe ignores a period below half a second. */
#define KEEP_ALIVE_MSEC_MIN 500
#define KEEP_ALIVE_MSEC_MAX 90000

typedef enum DuplicatePolicy {
        DUPLICATE_REJECT,   /* the newcomer is refused: what most switches do */
        DUPLICATE_TAKEOVER, /* the owner's link is cleared and the newcomer let in */
        DUPLICATE_ALLOW,    /* both: a fabric that is no fence at all */
} DuplicatePolicy;

typedef struct FabricConfig {
        uint8_t domain; /* 1..239; also the last byte of the names and of the switch's MAC */
        uint32_t keep_alive_msec;
        unsigned vports_max; /* per link, for new links */
        bool has_npiv;
        bool has_ns_zoning; /* GID_PN obeys zoning too */
        DuplicatePolicy duplicate_policy;
        bool is_verbose;
} FabricConfig;

typedef struct Fabric {
        FabricConfig config;
        uint64_t (*now_msec)(void);
        uint64_t start_msec;
        uint8_t mac[6];
        uint64_t switch_name;
        uint64_t fabric_name;
        Link *links[FABRIC_LINKS_MAX];
        PortList ports;
        Zoning zoning;
        FaultList faults;
        AttemptLog attempts;
        DelayQueue delayed;
        uint64_t next_advertisement_msec;
        uint16_t last_exchange;
        uint64_t generation; /* changes whenever a port or the book of logins does */
        uint64_t rscns_sent;
        uint64_t frames_unroutable; /* from a port that is not logged in, or to one */
        uint64_t frames_malformed;
} Fabric;

/* The settings of a switch nobody configured. */
extern const FabricConfig fabric_config_default;

int fabric_init(Fabric *fabric, const FabricConfig *config, uint64_t (*now_msec)(void));
void fabric_done(Fabric *fabric);

/* Takes the link and gives it the lowest free number. -ENOSPC: FABRIC_LINKS_MAX. */
int fabric_add_link(Fabric *fabric, Link *link);
/* Logs its ports out and frees it. */
void fabric_drop_link(Fabric *fabric, Link *link, const char *why);

/* Logs a port out and tells those who may see it. */
void fabric_logout(Fabric *fabric, Port *port, const char *why);
/* A host's own port and all that logged in through it. */
void fabric_logout_enode(Fabric *fabric, const Link *link, const uint8_t enode_mac[6],
                         const char *why);
void fabric_logout_link(Fabric *fabric, const Link *link, const char *why);

/* An RSCN about a port to every port that asked for them and may see it. */
void fabric_tell_change(Fabric *fabric, const Port *changed);
/* Activates the edited zone set, with an RSCN for each pair of ports whose view changed. */
int fabric_activate_zoning(Fabric *fabric);

/* Advertisements, keep-alive time-outs, delayed frames. Returns milliseconds until it is needed
 * again. */
uint64_t fabric_tick(Fabric *fabric);

/* Takes effect with an advertisement to every link, at once. */
void fabric_set_keep_alive(Fabric *fabric, uint32_t msec);

uint16_t fabric_next_exchange(Fabric *fabric);
void fabric_log(const Fabric *fabric, const char *format, ...) _printf_(2, 3);
