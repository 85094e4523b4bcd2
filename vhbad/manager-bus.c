/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/polkit.h"
#include "vhbad/bus.h"
#include "vhbad/change.h"
#include "vhbad/definition-message.h"
#include "vhbad/publish.h"

#include <string.h>

#define ACTION "org.npivot.vhba1.manage"

int bus_check_access(sd_bus_message *call, Wwn wwpn, Wwn other, sd_bus_error *error) {
        char names[2 * sizeof(WwnString)];
        const char *const details[] = { "wwpn", names, NULL };

        (void) snprintf(names, sizeof names, "%s%s%s", WWN_STR(wwpn), other ? " " : "",
                        other ? WWN_STR(other) : "");
        return polkit_check(call, ACTION, details, error);
}

Wwn bus_find_partner(const Manager *manager, Wwn wwpn) {
        const Vhba *vhba = vhba_list_find(&manager->vhbas, wwpn);

        return vhba && vhba->is_defined ? vhba->definition.peer : 0;
}

static int reply_object(sd_bus_message *call, const char *prefix, Wwn wwn) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = object_path(prefix, wwn, &path);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(call, "o", path);
}

static int method_define(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(definition_donep) Definition definition = {};
        Manager *manager = userdata;
        int r, replace;

        r = definition_read_message(call, &definition, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read(call, "b", &replace);
        if (r < 0)
                return r;
        r = change_check_names(manager, &definition, error);
        if (r < 0)
                return r;

        r = bus_check_access(call, definition.wwpn, 0, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = change_define(manager, &definition, replace, error);
        if (r < 0)
                return r;
        return reply_object(call, VHBAD_VHBA_PATH, definition.wwpn);
}

static int on_disabled(Request *request, sd_bus_message *answer, sd_bus_error *error) {
        int r;

        /* Where there is no systemd nothing is enabled. */
        if (!request_is_unanswered(answer) && request_is_refused(request, answer, error))
                return -EIO;

        r = change_undefine(request->manager, request->wwpn, error);
        if (r < 0)
                return r;
        r = sd_bus_reply_method_return(request->call, NULL);
        return r < 0 ? r : 1;
}

int bus_undefine(Manager *manager, sd_bus_message *call, Wwn wwpn, sd_bus_error *error) {
        _cleanup_(request_freep) Request *request = NULL;
        UnitName name;
        int r;

        r = change_check_undefine(manager, wwpn, error);
        if (r < 0)
                return r;
        r = request_new(manager, call, wwpn, &request);
        if (r < 0)
                return r;
        r = request_ask(request, on_disabled, "DisableUnitFiles", "asb", 1, unit_name(wwpn, name),
                        false);
        if (r < 0)
                return r;
        TAKE_PTR(request);
        return 1;
}

static int method_undefine(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Manager *manager = userdata;
        const char *text;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read(call, "s", &text);
        if (r < 0)
                return r;
        r = wwn_read_argument(text, "wwpn", &wwpn, error);
        if (r < 0)
                return r;
        r = bus_check_access(call, wwpn, bus_find_partner(manager, wwpn), error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return bus_undefine(manager, call, wwpn, error);
}

static int method_get_vhba(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Manager *manager = userdata;
        const Vhba *vhba;
        const char *text;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read(call, "s", &text);
        if (r < 0)
                return r;
        r = wwn_read_argument(text, "wwpn", &wwpn, error);
        if (r < 0)
                return r;
        vhba = vhba_list_find(&manager->vhbas, wwpn);
        if (!vhba || !vhba->is_announced)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_VHBA, "There is no vHBA %s.",
                                         WWN_STR(wwpn));
        return reply_object(call, VHBAD_VHBA_PATH, wwpn);
}

static int method_get_hba(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Manager *manager = userdata;
        const Hba *hba;
        const char *name;
        Wwn port_name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        hba = wwn_parse(name, &port_name) >= 0 ? hba_list_find(&manager->hbas, port_name)
                                               : hba_list_find_host(&manager->hbas, name);
        if (!hba || !hba->is_announced)
                return bus_error_refuse(error, NPIVOT_ERROR_NO_SUCH_HBA,
                                        "There is no HBA “%.40s”: name one by its port name or its "
                                        "host, as “npivot hba” lists them.",
                                        name);
        return reply_object(call, VHBAD_HBA_PATH, hba->host.port_name);
}

static int property_get_version(sd_bus *bus, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", NPIVOT_VERSION);
}

static int append_bad(const Manager *manager, const BadDefinition *bad, sd_bus_message *reply) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", manager->store.path, bad->file) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return sd_bus_message_append(reply, "(sus)", path, bad->line, bad->what);
}

static int property_get_bad(sd_bus *bus, const char *path, const char *interface,
                            const char *property, sd_bus_message *reply, void *userdata,
                            sd_bus_error *error) {
        const Manager *manager = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sus)");
        if (r < 0)
                return r;
        for (size_t i = 0; i < manager->bad.n; i++) {
                r = append_bad(manager, &manager->bad.items[i], reply);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(reply);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Define", SD_BUS_ARGS("a{sv}", definition, "b", replace),
                                SD_BUS_RESULT("o", vhba), method_define,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Undefine", SD_BUS_ARGS("s", wwpn), SD_BUS_NO_RESULT,
                                method_undefine, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetVhba", SD_BUS_ARGS("s", wwpn), SD_BUS_RESULT("o", vhba),
                                method_get_vhba, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetHba", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", hba),
                                method_get_hba, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Version", "s", property_get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("BadDefinitions", "a(sus)", property_get_bad, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int bus_add_objects(Manager *manager) {
        int r;

        r = sd_bus_add_object_manager(manager->bus, NULL, VHBAD_PATH);
        if (r < 0)
                return r;
        r = sd_bus_add_object_vtable(manager->bus, NULL, VHBAD_PATH, VHBAD_MANAGER, vtable,
                                     manager);
        if (r < 0)
                return r;
        r = hba_bus_add(manager);
        if (r < 0)
                return r;
        return vhba_bus_add(manager);
}
