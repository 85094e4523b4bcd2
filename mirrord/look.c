/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/look.h"

uint64_t look_next_usec(uint64_t usec) {
        if (usec < LOOK_SOON_USEC)
                return LOOK_SOON_USEC;

        return usec * 2 < LOOK_USEC ? usec * 2 : LOOK_USEC;
}

void look_soon(sd_event_source *timer, uint64_t usec) {
        uint64_t now, is;
        int enabled;

        if (sd_event_now(sd_event_source_get_event(timer), CLOCK_MONOTONIC, &now) >= 0 &&
            sd_event_source_get_enabled(timer, &enabled) >= 0 && enabled != SD_EVENT_OFF &&
            sd_event_source_get_time(timer, &is) >= 0 && is <= now + usec)
                return;
        (void) sd_event_source_set_time_relative(timer, usec);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}
