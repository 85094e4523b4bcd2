/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * May this caller do that? Asked of polkit without blocking: the call that waits for an answer is
 * delivered again when the answer is there.
 */

#include <systemd/sd-bus.h>

/* Questions that one user (by uid, over all its connections) may have open: more are refused. */
#define POLKIT_PENDING_MAX 16

/*
 * 1: go on. 0: polkit was asked; return 1 from the handler, which is called again with the same
 * message once polkit has agreed (keep everything before this free of side effects); if polkit
 * refuses, the caller has its error from here and the handler hears no more of it. < 0: refused,
 * error set.
 *
 * root passes at once, and so does the user that this process runs as. Without polkit on the bus
 * everybody else is refused. `details` is a NULL-terminated list of key, value, key, value … that
 * rules can look up (e.g. "wwpn"), or NULL. Answers are given only once: an authorisation is never
 * remembered for another call, so one call is one check. For methods only: sd-bus answers the
 * writing of a property before polkit could.
 */
int polkit_check(sd_bus_message *call, const char *action, const char *const *details,
                 sd_bus_error *error);

/* Drops the questions still open on this connection, before it is closed (service_done does). */
void polkit_forget(sd_bus *bus);
