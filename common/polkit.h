/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * May this caller do that? Asked of polkit without blocking: the call that waits for an answer is
 * delivered again when the answer is there.
 */

#include <systemd/sd-bus.h>

/*
 * 1: go on. 0: polkit was asked; return 1 from the handler, which is called again later with the
 * same message (keep everything before this free of side effects). < 0: refused, error set.
 * root passes at once. Without polkit on the bus everybody else is refused. `details` is a
 * NULL-terminated list of key, value, key, value … that rules can look up (e.g. "wwpn"), or NULL.
 * Answers are given only once: an authorisation is never remembered for another call.
 */
int polkit_check(sd_bus_message *call, const char *action, const char *const *details,
                 sd_bus_error *error);
