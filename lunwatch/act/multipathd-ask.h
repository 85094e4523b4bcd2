/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One command to multipathd, and whether it was carried out. Blocks; lunwatch has a client that
 * does not (lunwatch/map/multipathd.h).
 */

/*
 * 0: "ok". -ECONNREFUSED: it does not run. -EBUSY: it says "fail", or that something is in use.
 * -EPERM: who listens there is not root. The time-out is multipathd's own, and the caller's.
 */
int multipathd_ask(const char *command);
