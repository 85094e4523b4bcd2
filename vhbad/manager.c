/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/manager.h"
#include "common/cleanup.h"
#include "common/escape.h"
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

static void ask_systemd(Manager *manager, Wwn wwpn, bool properties) {
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
                ask_systemd(manager, manager->vhbas.items[i]->wwpn, properties);
}

static const SystemdListener systemd_listener = {
        .find_unit = find_unit,
        .job_removed = on_job_removed,
        .unit_changed = on_unit_changed,
        .outdated = on_units_outdated,
};

static int ensure_vhba(Manager *manager, Wwn wwpn, Vhba **ret) {
        int r;

        r = vhba_list_ensure(&manager->vhbas, wwpn, ret);
        if (r > 0) {
                (*ret)->manager = manager;
                ask_systemd(manager, wwpn, true);
        }
        return r;
}

static void log_definition(const Manager *manager, Wwn wwpn, bool was_defined, bool is_defined) {
        if (!manager->is_started)
                return;

        if (!is_defined)
                log_event(LOG_INFO, MESSAGE_VHBA_UNDEFINED, WWN_STR(wwpn), "vHBA %s is undefined.",
                          WWN_STR(wwpn));
        else
                log_event(LOG_INFO, MESSAGE_VHBA_DEFINED, WWN_STR(wwpn),
                          was_defined ? "The definition of vHBA %s has changed."
                                      : "vHBA %s is defined.",
                          WWN_STR(wwpn));
}

static int take_definition(Manager *manager, Wwn wwpn, const Definition *definition) {
        Vhba *vhba = vhba_list_find(&manager->vhbas, wwpn);
        bool was_defined;
        int r;

        if (!vhba && !definition)
                return 0;
        r = ensure_vhba(manager, wwpn, &vhba);
        if (r < 0)
                return r;

        was_defined = vhba->is_defined;
        r = vhba_set_definition(vhba, definition);
        if (r <= 0)
                return r;

        log_definition(manager, wwpn, was_defined, definition);
        manager->pairs_are_dirty = true;
        manager_publish_soon(manager);
        return 1;
}

static int take_bad(Manager *manager, const char *wwpn, const char *file, unsigned line,
                    const char *what) {
        int r;

        r = bad_list_add(&manager->bad, file, line, what);
        if (r <= 0)
                return r;

        log_event(LOG_WARNING, MESSAGE_DEFINITION_BAD, wwpn, "%s/%s:%u: %s", manager->store.path,
                  file, line, what);
        manager->pairs_are_dirty = true;
        manager_publish_soon(manager);
        return 1;
}

static void on_junk(const char *name, const char *why, void *userdata) {
        (void) take_bad(userdata, NULL, name, 0, why);
}

int manager_read_definition(Manager *manager, Wwn wwpn) {
        _cleanup_(definition_donep) Definition definition = {};
        char file[WWN_STRING_LEN + sizeof ".conf"];
        ConfError mistake = {};
        int r;

        (void) snprintf(file, sizeof file, "%s.conf", WWN_STR(wwpn));
        r = store_load(&manager->store, wwpn, &definition, NULL, &mistake);
        if (r >= 0 || r == -ENOENT) {
                if (bad_list_find(&manager->bad, file)) {
                        bad_list_remove(&manager->bad, file);
                        manager->pairs_are_dirty = true;
                        manager_publish_soon(manager);
                }
                return take_definition(manager, wwpn, r >= 0 ? &definition : NULL);
        }

        if (r != -EBADMSG)
                (void) conf_error(&mistake, 0, "%s", strerror(-r));
        r = take_bad(manager, WWN_STR(wwpn), file, mistake.line, mistake.what);
        return r < 0 ? r : take_definition(manager, wwpn, NULL);
}

/* Reopens it as well: the directory may have come, gone, or been replaced. */
int manager_read_definitions(Manager *manager) {
        _cleanup_free_ Wwn *wwpns = NULL;
        size_t n = 0, next = 0;
        Store store;
        int r;

        r = store_open(&store);
        if (r < 0)
                return r;
        store_done(&manager->store);
        manager->store = store;

        bad_list_begin(&manager->bad);
        r = store_list(&manager->store, &wwpns, &n, on_junk, manager);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                r = manager_read_definition(manager, wwpns[i]);
                if (r < 0)
                        return r;
        }
        bad_list_end(&manager->bad);
        if (manager->bad.is_dirty)
                manager_publish_soon(manager);

        /* Both lists are in ascending order. */
        for (size_t i = 0; i < manager->vhbas.n; i++) {
                Wwn wwpn = manager->vhbas.items[i]->wwpn;

                while (next < n && wwpns[next] < wwpn)
                        next++;
                if (next < n && wwpns[next] == wwpn)
                        continue;
                r = take_definition(manager, wwpn, NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

int manager_take_vport(Manager *manager, Vhba *vhba, const FcVport *vport) {
        const char *old = vhba->has_vport ? vhba->vport.state : "none";
        const char *new = vport ? vport->state : "none";

        if (manager->is_started && strcmp(old, new) != 0)
                log_event(LOG_INFO, MESSAGE_VHBA_STATE, WWN_STR(vhba->wwpn),
                          "vport of vHBA %s: %s, was %s.", WWN_STR(vhba->wwpn), new, old);

        if (vhba_set_vport(vhba, vport) == 0)
                return 0;
        manager_publish_soon(manager);
        return 1;
}

static int take_vports(Manager *manager, const FcVport *vports, size_t n_vports) {
        VhbaList *list = &manager->vhbas;
        int r;

        for (size_t i = 0; i < list->n; i++)
                list->items[i]->is_seen = false;

        for (size_t i = 0; i < n_vports; i++) {
                FcVport vport = vports[i];
                Vhba *vhba;

                r = ensure_vhba(manager, vport.port_name, &vhba);
                if (r < 0)
                        return r;
                /* On two HBAs at once: the one that systemd's helper finds first is it. */
                if (vhba->is_seen)
                        continue;
                vhba->is_seen = true;
                escape_in_place(vport.symbolic_name);
                (void) manager_take_vport(manager, vhba, &vport);
        }

        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i]->is_seen)
                        (void) manager_take_vport(manager, list->items[i], NULL);
        return 0;
}

int manager_take_fc(Manager *manager, const FcHost *hosts, size_t n_hosts, const FcVport *vports,
                    size_t n_vports) {
        int r;

        r = hba_list_update(&manager->hbas, hosts, n_hosts);
        if (r < 0)
                return r;
        if (r > 0) {
                manager_publish_soon(manager);
                for (size_t i = 0; i < manager->vhbas.n; i++)
                        manager->vhbas.items[i]->is_dirty = true;
        }

        r = take_vports(manager, vports, n_vports);
        if (r < 0)
                return r;
        return poll_adjust(manager->poll);
}

int manager_read_fc(Manager *manager) {
        _cleanup_free_ FcVport *vports = NULL;
        _cleanup_free_ FcHost *hosts = NULL;
        size_t n_hosts = 0, n_vports = 0;
        int r;

        r = fc_host_list(&hosts, &n_hosts);
        if (r < 0)
                return r;
        r = fc_vport_list(&vports, &n_vports);
        if (r < 0)
                return r;
        return manager_take_fc(manager, hosts, n_hosts, vports, n_vports);
}

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
