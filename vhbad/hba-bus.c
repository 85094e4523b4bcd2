/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-object.h"
#include "common/cleanup.h"
#include "vhbad/bus.h"
#include "vhbad/publish.h"

#include <string.h>

static int property_get_text(sd_bus *bus, const char *path, const char *interface,
                             const char *property, sd_bus_message *reply, void *userdata,
                             sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", (const char *) userdata);
}

static int property_get_wwn(sd_bus *bus, const char *path, const char *interface,
                            const char *property, sd_bus_message *reply, void *userdata,
                            sd_bus_error *error) {
        const Wwn *wwn = userdata;

        return sd_bus_message_append(reply, "s", *wwn ? WWN_STR(*wwn) : "");
}

static int property_get_flag(sd_bus *bus, const char *path, const char *interface,
                             const char *property, sd_bus_message *reply, void *userdata,
                             sd_bus_error *error) {
        return sd_bus_message_append(reply, "b", (int) *(const bool *) userdata);
}

static int append_vport(sd_bus_message *reply, const HbaVport *vport) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = object_path(VHBAD_VHBA_PATH, vport->wwpn, &path);
        if (r < 0)
                return r;
        return sd_bus_message_append(reply, "(osss)", path, WWN_STR(vport->wwpn),
                                     WWN_STR(vport->wwnn), vport->scsi_host);
}

static int property_get_vports(sd_bus *bus, const char *path, const char *interface,
                               const char *property, sd_bus_message *reply, void *userdata,
                               sd_bus_error *error) {
        const Hba *hba = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(osss)");
        if (r < 0)
                return r;
        for (size_t i = 0; i < hba->n_vports; i++) {
                r = append_vport(reply, &hba->vports[i]);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(reply);
}

static int find_hba(sd_bus *bus, const char *path, const char *interface, void *userdata,
                    void **ret_found, sd_bus_error *error) {
        const Manager *manager = userdata;
        Wwn port_name;
        Hba *hba;

        if (object_path_parse(path, VHBAD_HBA_PATH, &port_name) < 0)
                return 0;
        hba = hba_list_find(&manager->hbas, port_name);
        if (!hba || !hba->is_announced)
                return 0;

        *ret_found = hba;
        return 1;
}

static int enumerate_hbas(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                          sd_bus_error *error) {
        const Manager *manager = userdata;
        _cleanup_(bus_paths_free) char **paths = NULL;
        size_t n = 0;
        Hba *hba;

        paths = calloc(manager->hbas.n + 1, sizeof *paths);
        if (!paths)
                return -ENOMEM;

        LIST_FOREACH(hba, &manager->hbas.head, link) {
                int r;

                if (!hba->is_announced)
                        continue;
                r = object_path(VHBAD_HBA_PATH, hba->host.port_name, &paths[n]);
                if (r < 0)
                        return r;
                n++;
        }

        *ret_nodes = TAKE_PTR(paths);
        return 0;
}

#define TEXT(name, field) \
        SD_BUS_PROPERTY(name, "s", property_get_text, offsetof(Hba, field), \
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        TEXT("HostName", host.name),
        SD_BUS_PROPERTY("PortName", "s", property_get_wwn, offsetof(Hba, host.port_name),
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("NodeName", "s", property_get_wwn, offsetof(Hba, host.node_name),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("FabricName", "s", property_get_wwn, offsetof(Hba, host.fabric_name),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        TEXT("State", host.state),
        TEXT("PortType", host.port_type),
        TEXT("Speed", host.speed),
        TEXT("Vendor", name.vendor),
        TEXT("Model", name.model),
        TEXT("Driver", host.driver),
        TEXT("PciAddress", host.pci_address),
        SD_BUS_PROPERTY("NpivCapable", "b", property_get_flag, offsetof(Hba, host.npiv_capable),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("VportsInUse", "u", NULL, offsetof(Hba, host.vports_in_use),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("MaxVports", "u", NULL, offsetof(Hba, host.vports_max),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Vports", "a(osss)", property_get_vports, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};
/* clang-format on */

int hba_bus_add(Manager *manager) {
        int r;

        r = sd_bus_add_fallback_vtable(manager->bus, NULL, VHBAD_HBA_PATH, VHBAD_HBA, vtable,
                                       find_hba, manager);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(manager->bus, NULL, VHBAD_HBA_PATH, enumerate_hbas,
                                          manager);
}
