/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vhba-unit-bus.h"
#include "common/bus-error.h"
#include "common/cleanup.h"
#include "vhbad/bus.h"
#include "vhbad/change.h"
#include "vhbad/force.h"
#include "vhbad/publish.h"
#include "vhbad/vport-holders.h"

#include <string.h>

int vhba_refuse_transient(Wwn wwpn, sd_bus_error *error) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_NOT_DEFINED,
                                 "vHBA %s was made by somebody else and has no definition: define "
                                 "it with the names it has to adopt it.",
                                 WWN_STR(wwpn));
}

static int on_job(Request *request, sd_bus_message *answer, sd_bus_error *error) {
        const char *job;
        int r;

        if (request_is_refused(request, answer, error))
                return -EIO;
        r = sd_bus_message_read(answer, "o", &job);
        if (r < 0)
                return r;
        r = sd_bus_reply_method_return(request->call, "o", job);
        return r < 0 ? r : 1;
}

/* Has PID 1 do something with a unit; its job is the answer to the caller. */
static int ask_job(Manager *manager, sd_bus_message *call, Wwn wwpn, const char *member,
                   const char *unit) {
        _cleanup_(request_freep) Request *request = NULL;
        int r;

        r = request_new(manager, call, wwpn, &request);
        if (r < 0)
                return r;
        r = request_ask(request, on_job, member, "ss", unit, "replace");
        if (r < 0)
                return r;
        TAKE_PTR(request);
        return 1;
}

int vhba_method_create(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        Manager *manager = vhba->manager;
        UnitName name;
        int r;

        if (!vhba->is_defined)
                return vhba_refuse_transient(vhba->wwpn, error);
        r = bus_check_access(call, vhba->wwpn, 0, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return ask_job(manager, call, vhba->wwpn, "StartUnit", unit_name(vhba->wwpn, name));
}

static int check_holders(const Vhba *vhba, sd_bus_error *error) {
        _cleanup_(holders_done) Holders holders = {};
        _cleanup_free_ char *list = NULL;
        size_t size;
        FILE *text;
        int r;

        r = vport_holders_find(vhba->has_vport ? vhba->vport.scsi_host : "", &holders);
        if (r <= 0)
                return r;

        text = open_memstream(&list, &size);
        if (!text)
                return -ENOMEM;
        for (size_t i = 0; i < holders.n; i++)
                (void) fprintf(text, "%s%s", i > 0 ? "; " : "", holders.items[i].words);
        if (fclose(text) != 0)
                return -ENOMEM;
        return sd_bus_error_setf(error, NPIVOT_ERROR_BUSY,
                                 "LUNs behind vHBA %s are in use: %s. Stop these first, or use "
                                 "force.",
                                 WWN_STR(vhba->wwpn), list);
}

/*
 * A stop of a unit that is not up runs nothing, one in the middle of a reload only ends the reload,
 * and one in the middle of a start ends the start, which leaves a vport that it has not made. A
 * vport that is there all the same goes by a unit of its own, which stops the other one first.
 */
static int stop(const Vhba *vhba, sd_bus_message *call) {
        char down[sizeof "vhba-down@.service" + WWN_STRING_LEN];
        UnitName name;

        if (!vhba->has_vport || unit_runs_stop(&vhba->unit))
                return ask_job(vhba->manager, call, vhba->wwpn, "StopUnit",
                               unit_name(vhba->wwpn, name));

        (void) snprintf(down, sizeof down, "vhba-down@%s.service", WWN_STR(vhba->wwpn));
        return ask_job(vhba->manager, call, vhba->wwpn, "StartUnit", down);
}

int vhba_method_destroy(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        int r, force;

        r = sd_bus_message_read(call, "b", &force);
        if (r < 0)
                return r;
        if (!vhba->is_defined && !unit_is_running(&vhba->unit))
                return vhba_refuse_transient(vhba->wwpn, error);
        r = bus_check_access(call, vhba->wwpn, 0, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = force ? force_mark(vhba->wwpn) : force_clear(vhba->wwpn);
        if (r >= 0 && !force)
                r = check_holders(vhba, error);
        if (r < 0)
                return r;
        return stop(vhba, call);
}

/* Only now, so that the caller who asks for Autostart next gets what was set. */
static int on_file_state(Request *request, sd_bus_message *answer, sd_bus_error *error) {
        Vhba *vhba = vhba_list_find(&request->manager->vhbas, request->wwpn);
        const char *state;
        int r;

        if (request_is_refused(request, answer, error))
                return -EIO;
        r = sd_bus_message_read(answer, "s", &state);
        if (r < 0)
                return r;
        if (vhba && unit_set_file_state(&vhba->unit, state) > 0) {
                vhba->is_dirty = true;
                publish(request->manager);
        }
        r = sd_bus_reply_method_return(request->call, NULL);
        return r < 0 ? r : 1;
}

static int on_autostart_set(Request *request, sd_bus_message *answer, sd_bus_error *error) {
        UnitName name;

        if (request_is_refused(request, answer, error))
                return -EIO;
        /* vhba.target learns of its new dependency. */
        (void) reload_soon(request->manager->reload);
        return request_ask(request, on_file_state, "GetUnitFileState", "s",
                           unit_name(request->wwpn, name));
}

static int set_autostart(const Vhba *vhba, sd_bus_message *call, bool enable) {
        _cleanup_(request_freep) Request *request = NULL;
        UnitName name;
        int r;

        r = request_new(vhba->manager, call, vhba->wwpn, &request);
        if (r < 0)
                return r;
        (void) unit_name(vhba->wwpn, name);
        if (enable)
                r = request_ask(request, on_autostart_set, "EnableUnitFiles", "asbb", 1, name,
                                false, false);
        else
                r = request_ask(request, on_autostart_set, "DisableUnitFiles", "asb", 1, name,
                                false);
        if (r < 0)
                return r;
        TAKE_PTR(request);
        return 1;
}

int vhba_method_set_autostart(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Vhba *vhba = userdata;
        int r, enable;

        r = sd_bus_message_read(call, "b", &enable);
        if (r < 0)
                return r;
        if (!vhba->is_defined)
                return vhba_refuse_transient(vhba->wwpn, error);
        r = bus_check_access(call, vhba->wwpn, 0, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return set_autostart(vhba, call, enable);
}
