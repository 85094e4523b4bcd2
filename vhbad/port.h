/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the verbs of vhba-port have in common: the vHBA they are about and how they report. A verb
 * says how it ended exactly once, by port_succeed() or port_fail().
 */

#include "common/cleanup.h"
#include "vhbad/cause.h"
#include "vhbad/definition.h"
#include "vhbad/fc.h"
#include "vhbad/wait.h"

/* Made by vhbad for one stop that takes LUNs away from their holders. */
#define PORT_RUN_DIR "/run/npivot/vhba"

typedef struct Port {
        Wwn wwpn;
        WwnString name;
        char said[512]; /* the status last told to systemd */
} Port;

/* What it waits for, or how it ended: the status text of the unit. Says nothing twice. */
void port_status(Port *port, const char *format, ...) _printf_(2, 3);

/* Status and one journal message; returns CAUSE_NONE. */
Cause port_succeed(Port *port, const char *message_id, const char *format, ...) _printf_(3, 4);

/* Status and one journal message, with the next step for the cause; returns the cause. */
Cause port_fail(Port *port, Cause cause, const char *message_id, const char *format, ...)
        _printf_(4, 5);

/* Loads the definition, or has said why not. */
Cause port_load(Port *port, Definition *ret);

/* Whether vhbad asked for force, and in any case: from now on nobody does. */
bool port_take_force(const Port *port);

/* Deletes the vport and waits until it, its SCSI host and its block devices are gone. */
Cause port_delete(Port *port, const FcVport *vport, Wait *wait, char *why, size_t why_size);

/* The verbs. */
Cause port_up(Port *port);
Cause port_down(Port *port);
Cause port_reload(Port *port);
