/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vport-poll.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "vhbad/manager.h"

#define INTERVAL_USEC (500 * UINT64_C(1000))
/* Slower when there is much to read, but never so slow that 1 s is missed. */
#define INTERVAL_MAX_USEC (850 * UINT64_C(1000))
#define COST_FACTOR 100 /* of the time may go into reading: 1 % */
#define ACCURACY_USEC (50 * UINT64_C(1000))
#define RESCAN_USEC (10 * UINT64_C(1000000))

struct Poll {
        Manager *manager;
        sd_event_source *timer;
        uint64_t interval_usec;
        uint64_t rescan_usec; /* when everything was read last */
        bool is_fast;
};

static uint64_t now_usec(void) {
        return clock_now_usec(CLOCK_MONOTONIC);
}

/* > 0 when something changed. */
static int read_state(Manager *manager, Vhba *vhba) {
        FcVport vport = vhba->vport;
        int r;

        r = fc_vport_read_state(&vport);
        /* Gone; what else is gone with it, its parent or SCSI host, a full reading finds out. */
        if (r == -ENOENT || r == -ENODEV)
                return 1;
        if (r < 0)
                return r;
        return manager_take_vport(manager, vhba, &vport);
}

static bool read_states(Manager *manager) {
        bool changed = false;

        for (size_t i = 0; i < manager->vhbas.n; i++) {
                Vhba *vhba = manager->vhbas.items[i];
                int r;

                if (!vhba->has_vport)
                        continue;
                r = read_state(manager, vhba);
                if (r < 0)
                        log_warning_errno(r, "Cannot read the state of vHBA %s: %m",
                                          WWN_STR(vhba->wwpn));
                changed = changed || r > 0;
        }
        return changed;
}

static int arm(Poll *poll, uint64_t usec) {
        int r;

        r = sd_event_source_set_time_relative(poll->timer, usec);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(poll->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        uint64_t start = now_usec(), cost;
        Poll *poll = userdata;
        int r;

        if (start >= poll->rescan_usec + RESCAN_USEC ||
            (poll->is_fast && read_states(poll->manager))) {
                poll->rescan_usec = start;
                fc_watch_trigger(poll->manager->fc_watch);
        }

        cost = (now_usec() - start) * COST_FACTOR;
        poll->interval_usec = cost < INTERVAL_USEC       ? INTERVAL_USEC
                              : cost > INTERVAL_MAX_USEC ? INTERVAL_MAX_USEC
                                                         : cost;
        r = arm(poll, poll->is_fast ? poll->interval_usec : RESCAN_USEC);
        if (r < 0)
                log_warning_errno(r, "Cannot go on following the states of vports: %m");
        return 0;
}

static bool has_vports(const VhbaList *list) {
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i]->has_vport)
                        return true;
        return false;
}

int poll_adjust(Poll *poll) {
        bool fast = has_vports(&poll->manager->vhbas);
        bool on = fast || poll->manager->hbas.n > 0;
        bool is_on = sd_event_source_get_enabled(poll->timer, NULL) > 0;

        if (on == is_on && fast == poll->is_fast)
                return 0;

        poll->is_fast = fast;
        if (!on)
                return sd_event_source_set_enabled(poll->timer, SD_EVENT_OFF);
        return arm(poll, fast ? poll->interval_usec : RESCAN_USEC);
}

int poll_new(Manager *manager, Poll **ret) {
        _cleanup_free_ Poll *poll = NULL;
        int r;

        poll = calloc(1, sizeof *poll);
        if (!poll)
                return -ENOMEM;
        *poll = (Poll){
                .manager = manager,
                .interval_usec = INTERVAL_USEC,
                .rescan_usec = now_usec(),
        };

        r = sd_event_add_time_relative(manager->event, &poll->timer, CLOCK_MONOTONIC, 0,
                                       ACCURACY_USEC, on_time, poll);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(poll->timer, SD_EVENT_OFF);
        if (r < 0) {
                sd_event_source_disable_unref(poll->timer);
                return r;
        }

        *ret = TAKE_PTR(poll);
        return 0;
}

Poll *poll_free(Poll *poll) {
        if (!poll)
                return NULL;

        sd_event_source_disable_unref(poll->timer);
        free(poll);
        return NULL;
}
