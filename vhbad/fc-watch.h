/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notices that FC hosts or vports may have changed: uevents for what comes and goes, the kernel's
 * SCSITRANSPORT netlink for events of the link. Neither tells of every change of state (drivers
 * differ, and vport states have no event at all): poll.h sees the rest. Reads nothing itself.
 */

#include <systemd/sd-event.h>

typedef struct FcWatch FcWatch;

int fc_watch_new(sd_event *event, void (*changed)(void *userdata), void *userdata, FcWatch **ret);
FcWatch *fc_watch_free(FcWatch *watch);

/* As if there had been an event. */
void fc_watch_trigger(FcWatch *watch);

static inline void fc_watch_freep(FcWatch **watch) {
        fc_watch_free(*watch);
}
