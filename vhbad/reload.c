/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/reload.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "vhbad/systemd.h"

/* A reload runs every generator and reads every unit: 20 s and more on a large host. */
#define TIMEOUT_USEC (300 * UINT64_C(1000000))
/* Long enough for the next of a hundred Defines to come in, short enough not to be noticed. */
#define DELAY_USEC (200 * UINT64_C(1000))

/* sd-event's own is a quarter of a second. */
#define ACCURACY_USEC (10 * UINT64_C(1000))

struct Reload {
        sd_bus *bus;
        sd_event_source *timer;
        sd_bus_slot *slot; /* while PID 1 is at it */
        bool again;
};

static int on_reloaded(sd_bus_message *answer, void *userdata, sd_bus_error *error) {
        const sd_bus_error *refusal = sd_bus_message_get_error(answer);
        Reload *reload = userdata;

        reload->slot = sd_bus_slot_unref(reload->slot);
        if (refusal)
                log_warning("Cannot have systemd reload, so drop-ins of vhba@ units may be old "
                            "(%s). Run “systemctl daemon-reload”.",
                            refusal->message);
        if (reload->again)
                (void) reload_soon(reload);
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        Reload *reload = userdata;
        int r;

        reload->again = false;
        r = sd_bus_message_new_method_call(reload->bus, &call, SYSTEMD_NAME, SYSTEMD_PATH,
                                           SYSTEMD_MANAGER, "Reload");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(call, false);
        if (r >= 0)
                r = sd_bus_call_async(reload->bus, &reload->slot, call, on_reloaded, reload,
                                      TIMEOUT_USEC);
        if (r < 0)
                log_warning_errno(r, "Cannot ask systemd to reload: %m");
        return 0;
}

int reload_soon(Reload *reload) {
        int r;

        /* The one that runs may be past our generator already. */
        if (reload->slot) {
                reload->again = true;
                return 0;
        }
        if (sd_event_source_get_enabled(reload->timer, NULL) > 0)
                return 0;

        r = sd_event_source_set_time_relative(reload->timer, DELAY_USEC);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(reload->timer, SD_EVENT_ONESHOT);
}

int reload_new(sd_bus *bus, Reload **ret) {
        _cleanup_(reload_freep) Reload *reload = NULL;
        int r;

        reload = calloc(1, sizeof *reload);
        if (!reload)
                return -ENOMEM;
        reload->bus = sd_bus_ref(bus);

        r = sd_event_add_time_relative(sd_bus_get_event(bus), &reload->timer, CLOCK_MONOTONIC, 0,
                                       ACCURACY_USEC, on_time, reload);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(reload->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(reload);
        return 0;
}

Reload *reload_free(Reload *reload) {
        if (!reload)
                return NULL;

        sd_bus_slot_unref(reload->slot);
        sd_event_source_disable_unref(reload->timer);
        sd_bus_unref(reload->bus);
        free(reload);
        return NULL;
}
