/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Kernel uevents: sent to the kernel, which gives them a SEQNUM and broadcasts them as its own, in
 * this process' network namespace only. Which device sends what, and when, is device.c's business.
 *
 * Vport and remote port state changes have no uevent; the kernel tells them in netlink messages of
 * family SCSITRANSPORT, which user space cannot send. In a box they are seen by polling only.
 */

/* Opens the socket; negative errno without CAP_NET_ADMIN and the like. */
int uevent_open(void);

/* env holds lines "KEY=value\n", as an uevent attribute does; synth is NULL, or more such lines. */
void uevent_send(const char *action, const char *path, const char *subsystem, const char *env,
                 const char *synth);
