/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/manager.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/message-ids.h"
#include "vhbad/publish.h"

#include <string.h>

/* PID 1 needs 9 ms for the state of one unit file; what is not known by then follows as a change.
 */
#define SETTLE_USEC (10 * UINT64_C(1000000))
/* After everything else that is pending, so that a burst makes one signal for each object. */
#define PUBLISH_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 50)

static int on_publish(sd_event_source *source, void *userdata) {
        publish(userdata);
        return 0;
}

void manager_publish_soon(Manager *manager) {
        int r;

        r = sd_event_source_set_enabled(manager->publish_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Cannot announce changes: %m");
}

static Unit *find_unit(Wwn wwpn, void *userdata) {
        Manager *manager = userdata;
        Vhba *vhba = vhba_list_find(&manager->vhbas, wwpn);

        return vhba ? &vhba->unit : NULL;
}

static void on_unit_changed(Wwn wwpn, void *userdata) {
        Manager *manager = userdata;
        Vhba *vhba = vhba_list_find(&manager->vhbas, wwpn);

        if (!vhba)
                return;
        vhba->is_dirty = true;
        manager_publish_soon(manager);
}

void manager_ask_systemd(Manager *manager, Wwn wwpn, bool properties) {
        int r;

        r = systemd_ask(manager->systemd, wwpn, properties);
        if (r < 0)
                log_warning_errno(r, "Cannot ask systemd about vhba@%s.service: %m", WWN_STR(wwpn));
}

static void on_job_removed(const char *job, void *userdata) {
        Manager *manager = userdata;

        request_list_finish_job(&manager->requests, job);
}

static void on_units_outdated(bool properties, void *userdata) {
        Manager *manager = userdata;

        for (size_t i = 0; i < manager->vhbas.n; i++)
                manager_ask_systemd(manager, manager->vhbas.items[i]->wwpn, properties);
}

static const SystemdListener systemd_listener = {
        .find_unit = find_unit,
        .job_removed = on_job_removed,
        .unit_changed = on_unit_changed,
        .outdated = on_units_outdated,
};

static void on_file_changed(Wwn wwpn, void *userdata) {
        int r;

        r = manager_read_definition(userdata, wwpn);
        if (r < 0)
                log_warning_errno(r, "Cannot read the definition of vHBA %s: %m", WWN_STR(wwpn));
}

static void on_directory_changed(void *userdata) {
        int r;

        r = manager_read_definitions(userdata);
        if (r < 0)
                log_warning_errno(r, "Cannot read the definitions: %m");
}

static void on_fc_changed(void *userdata) {
        int r;

        r = manager_read_fc(userdata);
        if (r < 0)
                log_warning_errno(r, "Cannot read the Fibre Channel hosts and vports: %m");
}

static const ConfWatchListener conf_listener = {
        .file_changed = on_file_changed,
        .directory_changed = on_directory_changed,
};

int manager_init(Manager *manager, sd_event *event, sd_bus *bus) {
        int r;

        *manager = (Manager){ .event = event, .bus = bus, .store.fd = -EBADF };
        LIST_INIT(&manager->hbas.head);
        LIST_INIT(&manager->requests);

        r = sd_event_add_defer(event, &manager->publish_source, on_publish, manager);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(manager->publish_source, PUBLISH_PRIORITY);
        if (r < 0)
                return r;
        return poll_new(manager, &manager->poll);
}

/* Ends with everything read, so that nobody sees a half of it after a restart. */
static int settle(Manager *manager) {
        uint64_t now, deadline;
        int r;

        r = sd_event_now(manager->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return r;
        for (deadline = now + SETTLE_USEC;
             !systemd_is_settled(manager->systemd) && now < deadline;) {
                r = sd_event_run(manager->event, deadline - now);
                if (r < 0)
                        return r;
                r = sd_event_now(manager->event, CLOCK_MONOTONIC, &now);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Watches first and reads then: what happens in between is seen twice, not missed. */
int manager_start(Manager *manager) {
        int r;

        r = reload_new(manager->bus, &manager->reload);
        if (r < 0)
                return r;
        r = systemd_new(manager->bus, &systemd_listener, manager, &manager->systemd);
        if (r < 0)
                return r;
        r = fc_watch_new(manager->event, on_fc_changed, manager, &manager->fc_watch);
        if (r < 0)
                return r;

        r = store_open(&manager->store);
        if (r < 0)
                return r;
        r = store_mend(&manager->store);
        if (r > 0)
                log_event(LOG_NOTICE, MESSAGE_PAIR_MENDED, NULL,
                          "Finished the writing of a pair that was cut short.");
        else if (r < 0)
                log_warning_errno(r, "Cannot finish the writing of a pair that was cut short: %m");
        r = conf_watch_new(manager->event, manager->store.path, &conf_listener, manager,
                           &manager->conf_watch);
        if (r < 0)
                return r;

        r = manager_read_definitions(manager);
        if (r < 0)
                return r;
        r = manager_read_fc(manager);
        if (r < 0)
                return r;
        r = settle(manager);
        if (r < 0)
                return r;

        publish(manager);
        manager->is_started = true;
        return 0;
}

void manager_done(Manager *manager) {
        request_list_done(&manager->requests);
        poll_free(manager->poll);
        fc_watch_free(manager->fc_watch);
        conf_watch_free(manager->conf_watch);
        systemd_free(manager->systemd);
        reload_free(manager->reload);
        sd_event_source_disable_unref(manager->publish_source);
        vhba_list_done(&manager->vhbas);
        hba_list_done(&manager->hbas);
        bad_list_done(&manager->bad);
        store_done(&manager->store);
}
