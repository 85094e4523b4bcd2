/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/publish.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "vhbad/pair.h"

#include <string.h>

int object_path(const char *prefix, Wwn wwn, char **ret) {
        return sd_bus_path_encode(prefix, WWN_STR(wwn), ret);
}

int object_path_parse(const char *path, const char *prefix, Wwn *ret) {
        _cleanup_free_ char *name = NULL;
        Wwn wwn;
        int r;

        r = sd_bus_path_decode(path, prefix, &name);
        if (r < 0)
                return r;
        if (r == 0 || wwn_parse(name, &wwn) < 0 || strcmp(WWN_STR(wwn), name) != 0)
                return -ENOENT;

        *ret = wwn;
        return 0;
}

/* Who names whom: a vHBA learns that it is named by one that it does not name. */
static void update_pairs(Manager *manager) {
        VhbaList *list = &manager->vhbas;

        for (size_t i = 0; i < list->n; i++)
                list->items[i]->claimed_by = 0;

        for (size_t i = 0; i < list->n; i++) {
                const Vhba *vhba = list->items[i];
                Vhba *peer;

                if (!vhba->is_defined || vhba->definition.peer == 0)
                        continue;
                peer = vhba_list_find(list, vhba->definition.peer);
                if (peer && peer->is_defined && peer->definition.peer != vhba->wwpn)
                        peer->claimed_by = vhba->wwpn;
        }

        /* Rare, and the comparison of views finds out which ones really changed. */
        for (size_t i = 0; i < list->n; i++)
                list->items[i]->is_dirty = true;
        manager->pairs_are_dirty = false;
}

static int describe_pair(const Manager *manager, const Vhba *vhba, char **ret) {
        char file[WWN_STRING_LEN + sizeof ".conf"];
        PairSide side = { .claimed_by = vhba->claimed_by };
        const Vhba *peer;

        if (vhba->is_defined)
                side.own = &vhba->definition;
        if (side.own && side.own->peer) {
                (void) snprintf(file, sizeof file, "%s.conf", WWN_STR(side.own->peer));
                side.peer_is_bad = bad_list_find(&manager->bad, file);
                peer = vhba_list_find(&manager->vhbas, side.own->peer);
                side.peer = peer && peer->is_defined ? &peer->definition : NULL;
        }
        return pair_describe(&side, ret);
}

static int build_view(const Manager *manager, const Vhba *vhba, VhbaView *ret) {
        _cleanup_free_ char *hba_path = NULL, *pair_state = NULL;
        VhbaSurroundings around = { .directory = manager->store.path, .hba = "/" };
        const Hba *hba = NULL;
        int r;

        if (vhba->has_vport)
                hba = hba_list_find_host(&manager->hbas, vhba->vport.parent);
        if (hba) {
                r = object_path(VHBAD_HBA_PATH, hba->host.port_name, &hba_path);
                if (r < 0)
                        return r;
                around.hba = hba_path;
        }

        r = describe_pair(manager, vhba, &pair_state);
        if (r < 0)
                return r;
        around.pair_state = pair_state;
        return vhba_view_build(vhba, &around, ret);
}

static int announce_vhba(Manager *manager, Vhba *vhba, const char *path) {
        char *changed[VHBA_PROPERTIES_MAX];
        VhbaView view;
        size_t n;
        int r;

        r = build_view(manager, vhba, &view);
        if (r < 0)
                return r;
        n = vhba_view_compare(&vhba->view, &view, changed);
        vhba_view_done(&vhba->view);
        vhba->view = view;
        vhba->is_dirty = false;

        if (!vhba->is_announced) {
                vhba->is_announced = true;
                return sd_bus_emit_interfaces_added(manager->bus, path, VHBAD_VHBA, NULL);
        }
        if (n == 0)
                return 0;
        return sd_bus_emit_properties_changed_strv(manager->bus, path, VHBAD_VHBA, changed);
}

static int publish_vhba(Manager *manager, Vhba *vhba) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = object_path(VHBAD_VHBA_PATH, vhba->wwpn, &path);
        if (r < 0)
                return r;
        if (vhba_exists(vhba))
                return announce_vhba(manager, vhba, path);
        if (!vhba->is_announced)
                return 0;
        vhba->is_announced = false;
        return sd_bus_emit_interfaces_removed(manager->bus, path, VHBAD_VHBA, NULL);
}

static void publish_vhbas(Manager *manager) {
        VhbaList *list = &manager->vhbas;

        for (size_t i = 0; i < list->n; i++) {
                Vhba *vhba = list->items[i];
                int r;

                if (!vhba->is_dirty)
                        continue;
                r = publish_vhba(manager, vhba);
                if (r < 0)
                        log_warning_errno(r, "Cannot announce vHBA %s: %m", WWN_STR(vhba->wwpn));
        }

        for (size_t i = list->n; i-- > 0;)
                if (!vhba_exists(list->items[i]))
                        vhba_list_drop(list, i);
}

static int publish_hba(Manager *manager, Hba *hba) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = object_path(VHBAD_HBA_PATH, hba->host.port_name, &path);
        if (r < 0)
                return r;

        if (hba->is_announced && hba->n_changed > 0) {
                hba->changed[hba->n_changed] = NULL;
                hba->n_changed = 0;
                return sd_bus_emit_properties_changed_strv(manager->bus, path, VHBAD_HBA,
                                                           hba->changed);
        }
        hba->n_changed = 0;
        if (hba->is_announced)
                return 0;
        hba->is_announced = true;
        return sd_bus_emit_interfaces_added(manager->bus, path, VHBAD_HBA, NULL);
}

static void publish_hbas(Manager *manager) {
        Hba *hba;
        int r;

        r = hba_list_update_vports(&manager->hbas, &manager->vhbas);
        if (r < 0)
                log_warning_errno(r, "Cannot tell which vports are on which HBA: %m");

        LIST_FOREACH(hba, &manager->hbas.head, link) {
                if (!hba->is_seen)
                        continue;
                r = publish_hba(manager, hba);
                if (r < 0)
                        log_warning_errno(r, "Cannot announce HBA %s: %m",
                                          WWN_STR(hba->host.port_name));
        }
}

static int remove_hba(Manager *manager, Hba *hba) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (hba->is_announced) {
                r = object_path(VHBAD_HBA_PATH, hba->host.port_name, &path);
                if (r < 0)
                        return r;
                r = sd_bus_emit_interfaces_removed(manager->bus, path, VHBAD_HBA, NULL);
                if (r < 0)
                        return r;
        }
        hba_list_drop(&manager->hbas, hba);
        return 0;
}

static void remove_hbas(Manager *manager) {
        Hba *hba, *next;

        for (hba = LIST_FIRST(&manager->hbas.head); hba; hba = next) {
                int r;

                next = LIST_NEXT(hba, link);
                r = hba->is_seen ? 0 : remove_hba(manager, hba);
                if (r < 0)
                        log_warning_errno(r, "Cannot announce that an HBA is gone: %m");
        }
}

/* An HBA is announced before the vHBAs that point to it, and goes after them. */
void publish(Manager *manager) {
        int r;

        if (manager->pairs_are_dirty)
                update_pairs(manager);

        publish_hbas(manager);
        publish_vhbas(manager);
        remove_hbas(manager);

        if (!manager->bad.is_dirty)
                return;
        manager->bad.is_dirty = false;
        r = sd_bus_emit_properties_changed(manager->bus, VHBAD_PATH, VHBAD_MANAGER,
                                           "BadDefinitions", NULL);
        if (r < 0)
                log_warning_errno(r, "Cannot announce which definitions are bad: %m");
}
