/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * FIP (FC-BB-5, 7.7.6): how hosts find the switch, log in through it, and keep their logins alive.
 * Whether a login is granted is login.c's business.
 */

#include "fabric.h"

/* frame: at least an Ethernet header, type FIP. */
void fip_handle(Fabric *fabric, Link *link, const uint8_t *frame, size_t size);
/* The periodic advertisement to all hosts on the link, unless a fault mutes it. */
void fip_advertise(Fabric *fabric, Link *link);
/* Tells a host that its login is no more. Does not log the port out. */
void fip_clear_virtual_link(Fabric *fabric, const Port *port);
