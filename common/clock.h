/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What time it is, now: an event loop's own clock stands still while one event is handled.
 */

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC for how long something takes, CLOCK_REALTIME for when it was. */
uint64_t clock_now_usec(clockid_t clock);
