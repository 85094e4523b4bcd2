/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When to tell of changes. The first after a quiet time is told as soon as no more events are
 * waiting; while they go on coming they are gathered, for a time that doubles from 2 to 32 ms: a
 * signal for each of ten thousand changes costs twenty times as much as signals with many.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#define TELL_WINDOW_MIN_USEC (2 * 1000ULL)
#define TELL_WINDOW_MAX_USEC (32 * 1000ULL)

/* It has been quiet when nothing has come for so many of the last windows. */
#define TELL_QUIET_WINDOWS 2

/* However busy the loop is with events. */
#define TELL_LATEST_USEC (50 * 1000ULL)

/* Behind everything that brings changes; what else there is to do in slices comes after it. */
#define TELL_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)
#define TELL_PRIORITY_BEHIND (SD_EVENT_PRIORITY_NORMAL + 20)

typedef void (*TellFunc)(void *userdata);

typedef struct Tell {
        sd_event_source *timer;
        TellFunc func;
        void *userdata;
        uint64_t told_usec, window_usec;
        uint64_t latest_usec; /* 0: nothing is to be told */
} Tell;

int tell_start(Tell *tell, sd_event *event, TellFunc func, void *userdata);
void tell_done(Tell *tell);

/* There is something to tell: func is called soon, or now if the loop has not come to it. */
void tell_soon(Tell *tell);

/* Whether events have been coming one after the other: the time to see whether any were lost. */
bool tell_is_bursting(const Tell *tell);
