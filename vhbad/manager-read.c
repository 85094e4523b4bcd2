/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How the manager's cache becomes what the definition files and the kernel say now. Who asks for
 * it, and when, is manager.c.
 */

#include "common/cleanup.h"
#include "common/escape.h"
#include "common/log.h"
#include "common/message-ids.h"
#include "vhbad/manager.h"

#include <string.h>

static int ensure_vhba(Manager *manager, Wwn wwpn, Vhba **ret) {
        int r;

        r = vhba_list_ensure(&manager->vhbas, wwpn, ret);
        if (r > 0) {
                (*ret)->manager = manager;
                manager_ask_systemd(manager, wwpn, true);
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
