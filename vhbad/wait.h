/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Waiting for the kernel and the fabric: look, and if it is not there yet, come here before looking
 * again. Ends at a deadline, or when systemd stops us.
 *
 * It polls. The transport class announces a vport's states on a netlink group that takes
 * CAP_NET_ADMIN to hear, and this program is the one that may write to sysfs: it shall have no
 * capability and no network at all. A look costs some ten microseconds.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Wait {
        uint64_t start_usec; /* CLOCK_MONOTONIC, as all of these */
        uint64_t deadline_usec;
        bool is_stopped;
} Wait;

/* Blocks SIGTERM and SIGINT: from here on they only end waits. */
int wait_init(Wait *wait, uint64_t timeout_usec);

/* For another thing to wait for, after a stop or a deadline: the time starts anew. */
void wait_restart(Wait *wait, uint64_t timeout_usec);

/* > 0: look again. 0: the time is over, or somebody stops us (is_stopped). */
int wait_next(Wait *wait);

/* Also when the stop came while nobody waited. */
bool wait_is_stopped(Wait *wait);

uint64_t wait_elapsed_usec(const Wait *wait);
