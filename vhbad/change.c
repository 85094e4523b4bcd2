/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/change.h"
#include "common/bus-error.h"
#include "common/cleanup.h"
#include "vhbad/pair.h"
#include "vhbad/publish.h"

#include <string.h>

static int refuse_not_defined(Wwn wwpn, sd_bus_error *error) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_NOT_DEFINED,
                                 "vHBA %s has no definition: define it first, with the names it "
                                 "has.",
                                 WWN_STR(wwpn));
}

/* The cache gets what the file says now. NULL and 0 when there is no such vHBA. */
static int find_fresh(Manager *manager, Wwn wwpn, Vhba **ret) {
        int r;

        r = manager_read_definition(manager, wwpn);
        if (r < 0)
                return r;
        *ret = vhba_list_find(&manager->vhbas, wwpn);
        return 0;
}

int change_find_defined(Manager *manager, Wwn wwpn, Vhba **ret, sd_bus_error *error) {
        Vhba *vhba;
        int r;

        r = find_fresh(manager, wwpn, &vhba);
        if (r < 0)
                return r;
        if (!vhba || !vhba->is_defined)
                return refuse_not_defined(wwpn, error);

        *ret = vhba;
        return 0;
}

static const BadDefinition *find_bad(const Manager *manager, Wwn wwpn) {
        char file[WWN_STRING_LEN + sizeof ".conf"];

        (void) snprintf(file, sizeof file, "%s.conf", WWN_STR(wwpn));
        return bad_list_find(&manager->bad, file);
}

/* Whatever a write led to, the cache follows at once and the clients see it before the answer. */
static int finish(Manager *manager, Wwn wwpn, Wwn other, int written, sd_bus_error *error) {
        int r;

        r = manager_read_definition(manager, wwpn);
        if (r >= 0 && other)
                r = manager_read_definition(manager, other);
        publish(manager);

        if (written == -EINPROGRESS)
                return sd_bus_error_setf(error, NPIVOT_ERROR_UNKNOWN_OUTCOME,
                                         "The definition of vHBA %s is in place, but the disk did "
                                         "not confirm it: it may be the old one after a power cut. "
                                         "Check the disk and repeat the call.",
                                         WWN_STR(wwpn));
        if (written < 0)
                return sd_bus_error_set_errnof(
                        error, written, "Cannot write the definition of vHBA %s in %s: %s",
                        WWN_STR(wwpn), manager->store.path, strerror(-written));
        return r;
}

int change_check_names(Manager *manager, const Definition *definition, sd_bus_error *error) {
        const Vhba *vhba = vhba_list_find(&manager->vhbas, definition->wwpn);
        const Hba *hba = hba_list_find(&manager->hbas, definition->wwpn);

        if (hba)
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_DEFINED,
                                         "%s is the port name of the HBA %s: a vHBA needs one of "
                                         "its own.",
                                         WWN_STR(definition->wwpn), hba->host.name);
        if (vhba && vhba->has_vport && vhba->vport.node_name != definition->wwnn)
                return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_DEFINITION,
                                         "Wwnn: vHBA %s runs with the node name %s: give that one, "
                                         "or stop it first.",
                                         WWN_STR(definition->wwpn), WWN_STR(vhba->vport.node_name));
        return 0;
}

static size_t count_defined(const Manager *manager) {
        size_t n = manager->bad.n;

        for (size_t i = 0; i < manager->vhbas.n; i++)
                n += manager->vhbas.items[i]->is_defined;
        return n;
}

/* > 0: there is something to write. */
static int check_define(Manager *manager, const Definition *definition, const Vhba *vhba,
                        bool replace, sd_bus_error *error) {
        const BadDefinition *bad = find_bad(manager, definition->wwpn);
        bool is_defined = vhba && vhba->is_defined;

        if (is_defined && definition_equal(definition, &vhba->definition))
                return 0;
        if (bad && !replace)
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_DEFINED,
                                         "There is a definition of vHBA %s already, which cannot "
                                         "be read: %s/%s:%u: %s. Correct or replace it.",
                                         WWN_STR(definition->wwpn), manager->store.path, bad->file,
                                         bad->line, bad->what);
        if (is_defined && !replace)
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_DEFINED,
                                         "vHBA %s is defined already, with other contents: replace "
                                         "them, or undefine it first.",
                                         WWN_STR(definition->wwpn));
        if (!is_defined && !bad && count_defined(manager) >= VHBAS_MAX)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "There are %d definitions already: undefine some first.",
                                         VHBAS_MAX);
        return 1;
}

int change_define(Manager *manager, const Definition *definition, bool replace,
                  sd_bus_error *error) {
        _cleanup_(definition_donep) Definition new = {};
        Vhba *vhba;
        int r;

        r = find_fresh(manager, definition->wwpn, &vhba);
        if (r < 0)
                return r;
        r = definition_copy(definition, &new);
        if (r < 0)
                return r;
        if (vhba && vhba->is_defined) {
                new.peer = vhba->definition.peer;
                new.role = vhba->definition.role;
        }

        r = check_define(manager, &new, vhba, replace, error);
        if (r < 0)
                return r;
        if (r > 0)
                r = store_put(&manager->store, &new);
        /* Also for what was there: the call that wrote it may have died before this. */
        (void) reload_soon(manager->reload);
        return finish(manager, new.wwpn, 0, r, error);
}

int change_check_undefine(Manager *manager, Wwn wwpn, sd_bus_error *error) {
        Vhba *vhba;
        int r;

        r = find_fresh(manager, wwpn, &vhba);
        if (r < 0)
                return r;
        if (vhba && vhba_is_up(vhba))
                return vhba->is_defined
                               ? sd_bus_error_setf(
                                         error, NPIVOT_ERROR_STILL_ACTIVE,
                                         "vHBA %s is up (unit %s, vport %s): stop it first.",
                                         WWN_STR(wwpn), vhba->unit.active_state,
                                         vhba->has_vport ? vhba->vport.state : "none")
                               : refuse_not_defined(wwpn, error);
        /* A file that cannot be read can be removed all the same. */
        if (vhba || find_bad(manager, wwpn))
                return 0;
        return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_VHBA, "There is no vHBA %s.",
                                 WWN_STR(wwpn));
}

/* The other one of the pair, if it agrees that they are one; NULL is success as well. */
static int find_partner(Manager *manager, const Vhba *vhba, Vhba **ret) {
        Vhba *peer = NULL;
        int r;

        if (vhba->definition.peer) {
                r = find_fresh(manager, vhba->definition.peer, &peer);
                if (r < 0)
                        return r;
        }
        *ret = peer && peer->is_defined && peer->definition.peer == vhba->wwpn ? peer : NULL;
        return 0;
}

static int write_peers(Manager *manager, const Vhba *vhba, const Vhba *partner, bool pair,
                       Role role) {
        Definition own = vhba->definition, other;

        own.peer = pair ? partner->wwpn : 0;
        own.role = role;
        if (!partner)
                return store_put(&manager->store, &own);

        other = partner->definition;
        other.peer = pair ? vhba->wwpn : 0;
        other.role = pair_other_role(role);
        return store_put_pair(&manager->store, &own, &other);
}

static int dissolve(Manager *manager, const Vhba *vhba, sd_bus_error *error) {
        Wwn wwpn = vhba->wwpn, other = vhba->definition.peer;
        Vhba *partner;
        int r;

        if (!other)
                return 0;
        r = find_partner(manager, vhba, &partner);
        if (r < 0)
                return r;
        r = write_peers(manager, vhba, partner, false, ROLE_NONE);
        return finish(manager, wwpn, other, r, error);
}

int change_undefine(Manager *manager, Wwn wwpn, sd_bus_error *error) {
        Vhba *vhba;
        int r;

        r = change_check_undefine(manager, wwpn, error);
        if (r < 0)
                return r;
        vhba = vhba_list_find(&manager->vhbas, wwpn);
        if (vhba && vhba->is_defined) {
                r = dissolve(manager, vhba, error);
                if (r < 0)
                        return r;
        }

        r = store_remove(&manager->store, wwpn);
        (void) reload_soon(manager->reload);
        return finish(manager, wwpn, 0, r, error);
}

static int check_pair(const Vhba *vhba, const Vhba *peer, sd_bus_error *error) {
        const Vhba *sides[] = { vhba, peer };

        for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
                Wwn other = sides[i]->definition.peer;

                if (other && other != sides[1 - i]->wwpn)
                        return sd_bus_error_setf(error, NPIVOT_ERROR_PAIR_CONFLICT,
                                                 "vHBA %s is paired with %s: dissolve that pair "
                                                 "first.",
                                                 WWN_STR(sides[i]->wwpn), WWN_STR(other));
        }
        return 0;
}

int change_set_peer(Manager *manager, Wwn wwpn, Wwn peer_wwpn, Role role, sd_bus_error *error) {
        Vhba *vhba, *peer;
        int r;

        r = change_find_defined(manager, wwpn, &vhba, error);
        if (r < 0)
                return r;
        if (!peer_wwpn)
                return dissolve(manager, vhba, error);

        r = change_find_defined(manager, peer_wwpn, &peer, error);
        if (r < 0)
                return r;
        r = check_pair(vhba, peer, error);
        if (r < 0)
                return r;
        r = write_peers(manager, vhba, peer, true, role);
        return finish(manager, wwpn, peer_wwpn, r, error);
}

int change_set_symbolic_name(Manager *manager, Wwn wwpn, const char *name, sd_bus_error *error) {
        Definition definition;
        Vhba *vhba;
        int r;

        r = change_find_defined(manager, wwpn, &vhba, error);
        if (r < 0)
                return r;

        /* Shares the list of LUNs with the cache, which does not change before it is written. */
        definition = vhba->definition;
        (void) snprintf(definition.symbolic_name, sizeof definition.symbolic_name, "%s", name);
        return finish(manager, wwpn, 0, store_put(&manager->store, &definition), error);
}
