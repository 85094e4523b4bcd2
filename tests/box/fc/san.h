/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lies outside the host: which LUNs the arrays show to whom, and how the fabric treats a
 * WWPN that logs in. Outlives a reboot of the box (san_save). What the host makes of it is in
 * port.c and vport.c.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "wwpn.h"

typedef struct Mapping {
        TAILQ_ENTRY(Mapping) in_san;
        Wwpn initiator;
        Wwpn target;
        uint64_t lun;
        char *wwid; /* as sysfs has it: naa.…, eui.…, t10.… */
        uint64_t size_bytes;
} Mapping;

typedef TAILQ_HEAD(, Mapping) MappingList;

typedef enum VportState {
        VPORT_UNKNOWN,
        VPORT_ACTIVE,
        VPORT_DISABLED,
        VPORT_LINKDOWN,
        VPORT_INITIALIZING,
        VPORT_NO_FABRIC_SUPPORT,
        VPORT_NO_FABRIC_RESOURCES,
        VPORT_FABRIC_LOGOUT,
        VPORT_FABRIC_REJECTED_WWN,
        VPORT_FAILED,
        _VPORT_STATE_MAX,
} VportState;

const char *vport_state_name(VportState state);
int vport_state_parse(const char *name, VportState *ret);

typedef struct Policy {
        LIST_ENTRY(Policy) in_san;
        Wwpn port_name;
        VportState state;  /* what a new vport comes to */
        unsigned delay_ms; /* … and when; Initializing until then */
        int create_errno;  /* vport_create answers this, having made and removed the vport */
        int delete_errno;  /* vport_delete answers this and leaves it */
        unsigned lun_delay_ms;
} Policy;

const MappingList *san_mappings(void);
Mapping *san_find(Wwpn initiator, Wwpn target, uint64_t lun);

/* -EEXIST if that LUN number is taken there. wwid is hex digits (naa.), or has a prefix. */
int san_map(Wwpn initiator, Wwpn target, uint64_t lun, const char *wwid, uint64_t size_bytes);

/* The LUN gets another identity. */
void san_set_wwid(Mapping *mapping, const char *wwid);
void san_unmap(Mapping *mapping);

/* The policy for a WWPN: made when it is first asked for, then "active at once, no faults". */
Policy *san_policy(Wwpn port_name);
void san_policy_reset(Policy *policy);

/* No LUN is mapped, and no policy set. */
void san_reset(void);

/* Writes fc-ctl commands that make the same again. */
void san_save(FILE *f);
