/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Starting and stopping a vHBA, and waiting for how that ends. What a start waits for is shown on a
 * terminal while it lasts.
 */

#include "cli/client.h"

/*
 * 0 when it is up (or, with --no-wait, when systemd has taken the job), else EXIT_FAILURE after a
 * complaint that says the cause. The WWPN is in the form that npivot prints; the client is
 * connected.
 */
int vhba_start(Client *client, const char *wwpn);

/* 0 when its vport is gone. With --force of the command line, LUNs in use are taken away. */
int vhba_stop(Client *client, const char *wwpn);
