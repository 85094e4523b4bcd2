/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "vhbad/bus.h"
#include "vhbad/change.h"
#include "vhbad/definition-message.h"
#include "vhbad/publish.h"
#include "vhbad/vhba-unit-bus.h"

#include <string.h>

static int method_undefine(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        int r;

        r = bus_check_access(call, vhba->wwpn, bus_find_partner(vhba->manager, vhba->wwpn), error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return bus_undefine(vhba->manager, call, vhba->wwpn, error);
}

static int read_peer(sd_bus_message *call, Wwn wwpn, Wwn *ret_peer, Role *ret_role,
                     sd_bus_error *error) {
        const char *peer, *role;
        ConfError mistake = {};
        int r;

        r = sd_bus_message_read(call, "ss", &peer, &role);
        if (r < 0)
                return r;
        *ret_peer = 0;
        *ret_role = ROLE_NONE;
        if (!*peer && !*role)
                return 0;

        if (*peer) {
                r = wwn_read_argument(peer, "peer", ret_peer, error);
                if (r < 0)
                        return r;
        }
        if (*ret_peer == wwpn)
                return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_DEFINITION,
                                         "Peer: vHBA %s cannot be its own peer.", WWN_STR(wwpn));
        r = role_parse(role, ret_role, &mistake);
        if (r == -EBADMSG)
                return definition_refuse(error, &mistake);
        if (r >= 0 && (!*ret_peer || *ret_role == ROLE_NONE))
                return sd_bus_error_set(error, NPIVOT_ERROR_INVALID_DEFINITION,
                                        "Role: it goes with a peer; give both, or neither to "
                                        "dissolve the pair.");
        return r;
}

static int method_set_peer(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        Manager *manager = vhba->manager;
        Wwn peer, wwpn = vhba->wwpn;
        Role role;
        int r;

        if (!vhba->is_defined)
                return vhba_refuse_transient(wwpn, error);
        r = read_peer(call, wwpn, &peer, &role, error);
        if (r < 0)
                return r;
        r = bus_check_access(call, wwpn, peer ? peer : bus_find_partner(manager, wwpn), error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = change_set_peer(manager, wwpn, peer, role, error);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(call, NULL);
}

/*
 * A name that does not reach the fabric now does so at the next start: no reason to refuse it. The
 * answer waits for the end of the job, because a stop in the middle of a reload runs no ExecStop.
 */
static int on_reloaded(Request *request, sd_bus_message *answer, sd_bus_error *error) {
        const sd_bus_error *refusal = sd_bus_message_get_error(answer);
        int r;

        if (!refusal)
                return request_reply_after_job(request, answer);
        log_warning("Cannot tell the fabric the new name of vHBA %s: %s", WWN_STR(request->wwpn),
                    refusal->message);
        r = sd_bus_reply_method_return(request->call, NULL);
        return r < 0 ? r : 1;
}

static int tell_fabric(Manager *manager, sd_bus_message *call, Wwn wwpn) {
        _cleanup_(request_freep) Request *request = NULL;
        UnitName name;
        int r;

        r = request_new(manager, call, wwpn, &request);
        if (r < 0)
                return r;
        r = request_ask(request, on_reloaded, "ReloadUnit", "ss", unit_name(wwpn, name), "replace");
        if (r < 0)
                return r;
        TAKE_PTR(request);
        return 1;
}

static int method_set_symbolic_name(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        Manager *manager = vhba->manager;
        ConfError mistake = {};
        Wwn wwpn = vhba->wwpn;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        if (!vhba->is_defined)
                return vhba_refuse_transient(wwpn, error);
        r = symbolic_name_check(name, &mistake);
        if (r < 0)
                return r == -EBADMSG ? definition_refuse(error, &mistake) : r;
        r = bus_check_access(call, wwpn, 0, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = change_set_symbolic_name(manager, wwpn, name, error);
        if (r < 0)
                return r;
        vhba = vhba_list_find(&manager->vhbas, wwpn);
        if (vhba && strcmp(vhba->unit.active_state, "active") == 0)
                return tell_fabric(manager, call, wwpn);
        return sd_bus_reply_method_return(call, NULL);
}

static int find_vhba(sd_bus *bus, const char *path, const char *interface, void *userdata,
                     void **ret_found, sd_bus_error *error) {
        const Manager *manager = userdata;
        Vhba *vhba;
        Wwn wwpn;

        if (object_path_parse(path, VHBAD_VHBA_PATH, &wwpn) < 0)
                return 0;
        vhba = vhba_list_find(&manager->vhbas, wwpn);
        if (!vhba || !vhba->is_announced)
                return 0;

        *ret_found = vhba;
        return 1;
}

static int enumerate_vhbas(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                           sd_bus_error *error) {
        const VhbaList *list = &((const Manager *) userdata)->vhbas;
        _cleanup_(bus_paths_free) char **paths = NULL;
        size_t n = 0;

        paths = calloc(list->n + 1, sizeof *paths);
        if (!paths)
                return -ENOMEM;

        for (size_t i = 0; i < list->n; i++) {
                int r;

                if (!list->items[i]->is_announced)
                        continue;
                r = object_path(VHBAD_VHBA_PATH, list->items[i]->wwpn, &paths[n]);
                if (r < 0)
                        return r;
                n++;
        }

        *ret_nodes = TAKE_PTR(paths);
        return 0;
}

#define TEXT(name, field) \
        SD_BUS_PROPERTY(name, "s", NULL, offsetof(Vhba, view.field), \
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Create", SD_BUS_NO_ARGS, SD_BUS_RESULT("o", job),
                                vhba_method_create, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Destroy", SD_BUS_ARGS("b", force), SD_BUS_RESULT("o", job),
                                vhba_method_destroy, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetAutostart", SD_BUS_ARGS("b", enable), SD_BUS_NO_RESULT,
                                vhba_method_set_autostart, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Undefine", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT,
                                method_undefine, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetPeer", SD_BUS_ARGS("s", peer, "s", role), SD_BUS_NO_RESULT,
                                method_set_peer, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetSymbolicName", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT,
                                method_set_symbolic_name, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Wwpn", "s", NULL, offsetof(Vhba, view.wwpn),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        TEXT("Wwnn", wwnn),
        SD_BUS_PROPERTY("Defined", "b", NULL, offsetof(Vhba, view.is_defined),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        TEXT("DefinitionFile", definition_file),
        TEXT("Parent", parent),
        SD_BUS_PROPERTY("Hba", "o", NULL, offsetof(Vhba, view.hba),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        TEXT("Peer", peer),
        TEXT("Role", role),
        TEXT("PairState", pair_state),
        TEXT("SymbolicName", symbolic_name),
        SD_BUS_PROPERTY("Expect", "as", NULL, offsetof(Vhba, view.expect),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("TimeoutUSec", "t", NULL, offsetof(Vhba, view.timeout_usec),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        TEXT("KernelState", kernel_state),
        TEXT("KernelLastState", kernel_last_state),
        TEXT("ScsiHost", scsi_host),
        SD_BUS_PROPERTY("Unit", "s", NULL, offsetof(Vhba, view.unit),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        TEXT("UnitState", unit_state),
        TEXT("UnitSubState", unit_sub_state),
        SD_BUS_PROPERTY("Autostart", "b", NULL, offsetof(Vhba, view.autostart),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        TEXT("Cause", cause),
        TEXT("Message", message),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int vhba_bus_add(Manager *manager) {
        int r;

        r = sd_bus_add_fallback_vtable(manager->bus, NULL, VHBAD_VHBA_PATH, VHBAD_VHBA, vtable,
                                       find_vhba, manager);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(manager->bus, NULL, VHBAD_VHBA_PATH, enumerate_vhbas,
                                          manager);
}
