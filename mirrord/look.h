/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When to look again at somebody who does not say by himself that something has changed: soon after
 * a change, when the next one is near, and less and less often while there is none.
 */

#include <systemd/sd-event.h>

#define LOOK_SOON_USEC (20 * 1000ULL)
#define LOOK_USEC (500 * 1000ULL)

/* sd-event's own is a quarter of a second. */
#define LOOK_ACCURACY_USEC (5 * 1000ULL)

/* The interval after this one; 0 before the first. */
uint64_t look_next_usec(uint64_t usec);

/* After usec, on CLOCK_MONOTONIC, or sooner if it is to be sooner already. */
void look_soon(sd_event_source *timer, uint64_t usec);
