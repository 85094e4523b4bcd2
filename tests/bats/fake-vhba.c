/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-table.h"

#include "common/bus-error.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>

static FakeVhba *find(const char *wwpn) {
        for (size_t i = 0; i < fake_n_vhbas; i++)
                if (strcmp(fake_vhbas[i].wwpn, wwpn) == 0)
                        return fake_vhbas + i;

        return NULL;
}

static int refuse(const FakeVhba *vhba, sd_bus_error *error) {
        if (!vhba->refusal)
                return 0;
        if (strcmp(vhba->refusal, NPIVOT_ERROR_BUSY) == 0)
                return sd_bus_error_setf(error, vhba->refusal,
                                         "LUNs behind it are in use:\n/dev/sdc: mounted on /srv");

        return sd_bus_error_setf(error, vhba->refusal, "Access denied");
}

static void announce(FakeVhba *vhba) {
        (void) sd_bus_emit_properties_changed(vhba->fake->bus, vhba->object,
                                              "org.npivot.vhba1.Vhba", "UnitState", "UnitSubState",
                                              "KernelState", "ScsiHost", "Cause", "Message", NULL);
}

static int on_job_end(sd_event_source *source, uint64_t usec, void *userdata) {
        FakeVhba *vhba = userdata;
        bool fails = vhba->starting && vhba->start_cause, up = vhba->starting && !fails;

        vhba->unit_state = fails ? "failed" : up ? "active" : "inactive";
        vhba->unit_sub_state = fails ? "failed" : up ? "exited" : "dead";
        vhba->kernel_state = up ? "Active" : "";
        vhba->scsi_host = up ? "host9" : "";
        vhba->cause = fails ? vhba->start_cause : "";
        vhba->message = fails ? vhba->start_message : "";

        /* A daemon hears of it from systemd, as we do: afterwards. */
        (void) sd_bus_emit_signal(vhba->fake->bus, "/org/freedesktop/systemd1",
                                  "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", 1,
                                  vhba->job, vhba->unit, fails ? "failed" : "done");
        announce(vhba);
        return 0;
}

static int make_job(FakeVhba *vhba, bool starting, sd_bus_message *call) {
        Fake *fake = vhba->fake;
        int r;

        vhba->starting = starting;
        vhba->unit_state = starting ? "activating" : "deactivating";
        vhba->message = starting ? "waiting for LUN 0" : "";
        (void) snprintf(vhba->job, sizeof vhba->job, "/org/freedesktop/systemd1/job/%u",
                        ++fake->n_jobs);
        announce(vhba);

        r = sd_event_add_time_relative(fake->event, NULL, CLOCK_MONOTONIC, 20000, 0, on_job_end,
                                       vhba);
        if (r < 0)
                return r;

        return sd_bus_reply_method_return(call, "o", vhba->job);
}

static int method_create(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeVhba *vhba = userdata;
        int r;

        printf("Create %s\n", vhba->wwpn);
        r = refuse(vhba, error);
        if (r < 0)
                return r;
        if (!vhba->defined)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NOT_DEFINED, "%s has no definition.",
                                         vhba->wwpn);

        return make_job(vhba, true, call);
}

static int method_destroy(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeVhba *vhba = userdata;
        int r, force;

        r = sd_bus_message_read(call, "b", &force);
        if (r < 0)
                return r;

        printf("Destroy %s force=%d\n", vhba->wwpn, force);
        r = force ? 0 : refuse(vhba, error);
        if (r < 0)
                return r;

        return make_job(vhba, false, call);
}

static int method_set_autostart(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeVhba *vhba = userdata;
        int r, enable;

        r = sd_bus_message_read(call, "b", &enable);
        if (r < 0)
                return r;

        printf("SetAutostart %s %d\n", vhba->wwpn, enable);
        r = refuse(vhba, error);
        if (r < 0)
                return r;

        vhba->autostart = enable;
        return sd_bus_reply_method_return(call, "");
}

static int method_set_peer(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeVhba *vhba = userdata;
        const char *peer, *role;
        int r;

        r = sd_bus_message_read(call, "ss", &peer, &role);
        if (r < 0)
                return r;

        printf("SetPeer %s peer=%s role=%s\n", vhba->wwpn, peer, role);
        if (*peer != '\0' && *vhba->peer != '\0')
                return sd_bus_error_setf(error, NPIVOT_ERROR_PAIR_CONFLICT, "%s is paired with %s.",
                                         vhba->wwpn, vhba->peer);

        return sd_bus_reply_method_return(call, "");
}

static int method_set_symbolic_name(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        FakeVhba *vhba = userdata;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        printf("SetSymbolicName %s \"%s\"\n", vhba->wwpn, name);
        return sd_bus_reply_method_return(call, "");
}

static int print_value(sd_bus_message *call) {
        const char *contents, *s;
        uint64_t number;
        char type;
        int r;

        r = sd_bus_message_peek_type(call, &type, &contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'v', contents);
        if (r < 0)
                return r;

        if (strcmp(contents, "t") == 0) {
                r = sd_bus_message_read(call, "t", &number);
                printf("%" PRIu64, number);
        } else if (strcmp(contents, "s") == 0) {
                r = sd_bus_message_read(call, "s", &s);
                printf("%s", s);
        } else {
                r = sd_bus_message_enter_container(call, 'a', "s");
                while (r >= 0 && (r = sd_bus_message_read(call, "s", &s)) > 0)
                        printf("(%s)", s);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(call);
}

static int method_define(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *key;
        int r, replace;

        printf("Define");
        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &key);
                if (r >= 0) {
                        printf(" %s=", key);
                        r = print_value(call);
                }
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(call);
        if (r >= 0)
                r = sd_bus_message_read(call, "b", &replace);
        if (r < 0)
                return r;

        printf(" replace=%d\n", replace);
        fake_transient->defined = true;
        return sd_bus_reply_method_return(call, "o", VHBAD_ROOT "/vhba/x");
}

static int method_undefine(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *wwpn;
        FakeVhba *vhba;
        int r;

        r = sd_bus_message_read(call, "s", &wwpn);
        if (r < 0)
                return r;

        printf("Undefine %s\n", wwpn);
        vhba = find(wwpn);
        if (!vhba)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_VHBA, "No vHBA %s.", wwpn);
        if (strcmp(vhba->unit_state, "active") == 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_STILL_ACTIVE, "%s is up.", wwpn);

        return sd_bus_reply_method_return(call, "");
}

static int method_get_vhba(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *wwpn;
        FakeVhba *vhba;
        int r;

        r = sd_bus_message_read(call, "s", &wwpn);
        if (r < 0)
                return r;

        vhba = find(wwpn);
        if (!vhba)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_VHBA, "No vHBA %s.", wwpn);

        return sd_bus_reply_method_return(call, "o", vhba->object);
}

static int method_get_hba(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_free_ char *object = NULL;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        for (size_t i = 0; i < fake_n_hbas; i++)
                if (strcmp(fake_hbas[i].host_name, name) == 0 ||
                    strcmp(fake_hbas[i].port_name, name) == 0) {
                        r = sd_bus_path_encode(VHBAD_ROOT "/hba", fake_hbas[i].port_name, &object);
                        return r < 0 ? r : sd_bus_reply_method_return(call, "o", object);
                }

        return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_HBA, "No HBA \"%s\".", name);
}

static int property_get_bad_definitions(sd_bus *bus, const char *path, const char *interface,
                                        const char *property, sd_bus_message *reply, void *userdata,
                                        sd_bus_error *error) {
        if (((const Fake *) userdata)->is_healthy)
                return sd_bus_message_append(reply, "a(sus)", 0);

        return sd_bus_message_append(reply, "a(sus)", 1, "/etc/npivot/vhba/oops.conf", 3,
                                     "There is no key \"Wwwpn\".");
}

static int method_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(call, "");
}

#define TEXT(name, type, struct, member) \
        SD_BUS_PROPERTY(name, type, NULL, offsetof(struct, member), \
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable hba_vtable[] = {
        SD_BUS_VTABLE_START(0),
        TEXT("HostName", "s", FakeHba, host_name),
        TEXT("PortName", "s", FakeHba, port_name),
        TEXT("NodeName", "s", FakeHba, node_name),
        TEXT("FabricName", "s", FakeHba, fabric_name),
        TEXT("State", "s", FakeHba, state),
        TEXT("PortType", "s", FakeHba, port_type),
        TEXT("Speed", "s", FakeHba, speed),
        TEXT("Vendor", "s", FakeHba, vendor),
        TEXT("Model", "s", FakeHba, model),
        TEXT("Driver", "s", FakeHba, driver),
        TEXT("PciAddress", "s", FakeHba, pci_address),
        TEXT("NpivCapable", "b", FakeHba, npiv_capable),
        TEXT("VportsInUse", "u", FakeHba, vports_in_use),
        TEXT("MaxVports", "u", FakeHba, max_vports),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable vhba_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Create", "", "o", method_create, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Destroy", "b", "o", method_destroy, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetAutostart", "b", "", method_set_autostart, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetPeer", "ss", "", method_set_peer, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetSymbolicName", "s", "", method_set_symbolic_name,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        TEXT("Wwpn", "s", FakeVhba, wwpn),
        TEXT("Wwnn", "s", FakeVhba, wwnn),
        TEXT("Defined", "b", FakeVhba, defined),
        TEXT("DefinitionFile", "s", FakeVhba, definition_file),
        TEXT("Parent", "s", FakeVhba, parent),
        TEXT("Hba", "o", FakeVhba, hba),
        TEXT("Peer", "s", FakeVhba, peer),
        TEXT("Role", "s", FakeVhba, role),
        TEXT("PairState", "s", FakeVhba, pair_state),
        TEXT("SymbolicName", "s", FakeVhba, symbolic_name),
        TEXT("Expect", "as", FakeVhba, expect),
        TEXT("TimeoutUSec", "t", FakeVhba, timeout_usec),
        TEXT("KernelState", "s", FakeVhba, kernel_state),
        TEXT("KernelLastState", "s", FakeVhba, kernel_last_state),
        TEXT("ScsiHost", "s", FakeVhba, scsi_host),
        TEXT("Unit", "s", FakeVhba, unit),
        TEXT("UnitState", "s", FakeVhba, unit_state),
        TEXT("UnitSubState", "s", FakeVhba, unit_sub_state),
        TEXT("Autostart", "b", FakeVhba, autostart),
        TEXT("Cause", "s", FakeVhba, cause),
        TEXT("Message", "s", FakeVhba, message),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Define", "a{sv}b", "o", method_define, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Undefine", "s", "", method_undefine, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetVhba", "s", "o", method_get_vhba, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetHba", "s", "o", method_get_hba, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("BadDefinitions", "a(sus)", property_get_bad_definitions, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable systemd_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Subscribe", "", "", method_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
        SD_BUS_VTABLE_END,
};

static int serve_hba(Fake *fake, FakeHba *hba) {
        _cleanup_free_ char *object = NULL;
        int r;

        if (fake->is_hostile)
                hba->model = hba->vendor = hba->speed = FAKE_HOSTILE;

        r = sd_bus_path_encode(VHBAD_ROOT "/hba", hba->port_name, &object);
        if (r < 0)
                return r;

        return sd_bus_add_object_vtable(fake->bus, NULL, object, "org.npivot.vhba1.Hba", hba_vtable,
                                        hba);
}

static int serve_vhba(Fake *fake, FakeVhba *vhba) {
        int r;

        vhba->fake = fake;
        if (!vhba->hba)
                vhba->hba = "/";
        if (!vhba->peer)
                vhba->peer = "";
        if (fake->is_hostile)
                vhba->symbolic_name = vhba->message = vhba->start_message = FAKE_HOSTILE;

        r = sd_bus_path_encode(VHBAD_ROOT "/vhba", vhba->wwpn, &vhba->object);
        if (r < 0)
                return r;

        return sd_bus_add_object_vtable(fake->bus, NULL, vhba->object, "org.npivot.vhba1.Vhba",
                                        vhba_vtable, vhba);
}

int fake_vhba_serve(Fake *fake) {
        int r;

        r = sd_bus_add_object_manager(fake->bus, NULL, VHBAD_ROOT);
        if (r >= 0)
                r = sd_bus_add_object_vtable(fake->bus, NULL, VHBAD_ROOT,
                                             "org.npivot.vhba1.Manager", manager_vtable, fake);
        if (r >= 0)
                r = sd_bus_add_object_vtable(fake->bus, NULL, "/org/freedesktop/systemd1",
                                             "org.freedesktop.systemd1.Manager", systemd_vtable,
                                             fake);
        for (size_t i = 0; r >= 0 && i < fake_n_hbas; i++)
                r = serve_hba(fake, fake_hbas + i);
        for (size_t i = 0; r >= 0 && i < (fake->is_healthy ? 1 : fake_n_vhbas); i++)
                r = serve_vhba(fake, fake_vhbas + i);

        return r;
}
