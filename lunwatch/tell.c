/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/tell.h"

#include "common/clock.h"
#include "common/log.h"

/* Not the loop's time, which stands still while one event after the other is handled. */
static uint64_t now_usec(void) {
        return clock_now_usec(CLOCK_MONOTONIC);
}

static void tell_now(Tell *tell) {
        tell->latest_usec = 0;
        (void) sd_event_source_set_enabled(tell->timer, SD_EVENT_OFF);
        tell->func(tell->userdata);
        tell->told_usec = now_usec();
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        tell_now(userdata);
        return 0;
}

int tell_start(Tell *tell, sd_event *event, TellFunc func, void *userdata) {
        int r;

        *tell = (Tell){ .func = func, .userdata = userdata };

        r = sd_event_add_time_relative(event, &tell->timer, CLOCK_MONOTONIC, 0, 1, on_timer, tell);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(tell->timer, TELL_PRIORITY);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(tell->timer, SD_EVENT_OFF);
}

void tell_done(Tell *tell) {
        tell->timer = sd_event_source_disable_unref(tell->timer);
}

static uint64_t next_window(const Tell *tell, uint64_t now) {
        uint64_t window = tell->window_usec ?: TELL_WINDOW_MIN_USEC;

        if (now - tell->told_usec > TELL_QUIET_WINDOWS * window)
                return 0;
        if (tell->window_usec == 0)
                return TELL_WINDOW_MIN_USEC;

        return 2 * tell->window_usec > TELL_WINDOW_MAX_USEC ? TELL_WINDOW_MAX_USEC
                                                            : 2 * tell->window_usec;
}

void tell_soon(Tell *tell) {
        uint64_t now = now_usec();
        int r;

        if (tell->latest_usec != 0) {
                if (now >= tell->latest_usec)
                        tell_now(tell);
                return;
        }

        tell->window_usec = next_window(tell, now);
        tell->latest_usec = now + tell->window_usec + TELL_LATEST_USEC;
        r = sd_event_source_set_time(tell->timer, now + tell->window_usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(tell->timer, SD_EVENT_ONESHOT);
        if (r < 0) {
                log_error_errno(r, "Cannot wait for more changes, telling at once: %m");
                tell_now(tell);
        }
}

bool tell_is_bursting(const Tell *tell) {
        return tell->window_usec > 0;
}
