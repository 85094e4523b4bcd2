/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/inventory.h"

#include "cli/complain.h"
#include "cli/properties.h"
#include "cli/string-list.h"

#include <string.h>

#define HBA(name, type, member) \
        { name, type, offsetof(Hba, member) }
#define VHBA(name, type, member) \
        { name, type, offsetof(Vhba, member) }

static const Property hba_properties[] = {
        HBA("HostName", "s", host_name),
        HBA("PortName", "s", port_name),
        HBA("NodeName", "s", node_name),
        HBA("FabricName", "s", fabric_name),
        HBA("State", "s", state),
        HBA("PortType", "s", port_type),
        HBA("Speed", "s", speed),
        HBA("Vendor", "s", vendor),
        HBA("Model", "s", model),
        HBA("Driver", "s", driver),
        HBA("PciAddress", "s", pci_address),
        HBA("NpivCapable", "b", npiv_capable),
        HBA("VportsInUse", "u", vports_in_use),
        HBA("MaxVports", "u", max_vports),
};

static const Property vhba_properties[] = {
        VHBA("Wwpn", "s", wwpn),
        VHBA("Wwnn", "s", wwnn),
        VHBA("Defined", "b", defined),
        VHBA("DefinitionFile", "s", definition_file),
        VHBA("Parent", "s", parent),
        VHBA("Hba", "o", hba),
        VHBA("Peer", "s", peer),
        VHBA("Role", "s", role),
        VHBA("PairState", "s", pair_state),
        VHBA("SymbolicName", "s", symbolic_name),
        VHBA("Expect", "as", expect),
        VHBA("TimeoutUSec", "t", timeout_usec),
        VHBA("KernelState", "s", kernel_state),
        VHBA("KernelLastState", "s", kernel_last_state),
        VHBA("ScsiHost", "s", scsi_host),
        VHBA("Unit", "s", unit),
        VHBA("UnitState", "s", unit_state),
        VHBA("UnitSubState", "s", unit_sub_state),
        VHBA("Autostart", "b", autostart),
        VHBA("Cause", "s", cause),
        VHBA("Message", "s", message),
};

void hba_done(Hba *hba) {
        properties_done(hba_properties, ARRAY_LEN(hba_properties), hba);
        free(hba->object);
        *hba = (Hba){ 0 };
}

void vhba_done(Vhba *vhba) {
        properties_done(vhba_properties, ARRAY_LEN(vhba_properties), vhba);
        free(vhba->object);
        *vhba = (Vhba){ 0 };
}

void inventory_done(Inventory *inventory) {
        for (size_t i = 0; i < inventory->n_hbas; i++)
                hba_done(inventory->hbas + i);
        for (size_t i = 0; i < inventory->n_vhbas; i++)
                vhba_done(inventory->vhbas + i);
        free(inventory->hbas);
        free(inventory->vhbas);
        *inventory = (Inventory){ 0 };
}

int vhba_read_properties(sd_bus_message *message, Vhba *vhba) {
        return properties_read(message, vhba_properties, ARRAY_LEN(vhba_properties), vhba);
}

static int add_hba(Inventory *inventory, const char *object, sd_bus_message *message) {
        Hba *hba;
        int r;

        hba = grow(inventory->hbas, inventory->n_hbas, sizeof *hba);
        if (!hba)
                return -ENOMEM;
        inventory->hbas = hba;

        hba += inventory->n_hbas++;
        *hba = (Hba){ .object = strdup(object) };
        if (!hba->object)
                return -ENOMEM;

        r = properties_read(message, hba_properties, ARRAY_LEN(hba_properties), hba);
        if (r < 0)
                return r;

        return properties_complete(hba_properties, ARRAY_LEN(hba_properties), hba);
}

static int add_vhba(Inventory *inventory, const char *object, sd_bus_message *message) {
        Vhba *vhba;
        int r;

        vhba = grow(inventory->vhbas, inventory->n_vhbas, sizeof *vhba);
        if (!vhba)
                return -ENOMEM;
        inventory->vhbas = vhba;

        vhba += inventory->n_vhbas++;
        *vhba = (Vhba){ .object = strdup(object) };
        if (!vhba->object)
                return -ENOMEM;

        r = vhba_read_properties(message, vhba);
        if (r < 0)
                return r;

        return properties_complete(vhba_properties, ARRAY_LEN(vhba_properties), vhba);
}

static int read_interfaces(Inventory *inventory, const char *object, sd_bus_message *message) {
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(message, "s", &interface);
                if (r < 0)
                        return r;

                if (strcmp(interface, VHBAD_HBA) == 0)
                        r = add_hba(inventory, object, message);
                else if (strcmp(interface, VHBAD_VHBA) == 0)
                        r = add_vhba(inventory, object, message);
                else
                        r = sd_bus_message_skip(message, "a{sv}");
                if (r < 0)
                        return r;

                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

static int read_objects(Inventory *inventory, sd_bus_message *message) {
        const char *object;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
                r = sd_bus_message_read(message, "o", &object);
                if (r < 0)
                        return r;
                r = read_interfaces(inventory, object, message);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }

        return r;
}

static int compare_hbas(const void *a, const void *b) {
        return strverscmp(((const Hba *) a)->host_name, ((const Hba *) b)->host_name);
}

static int compare_vhbas(const void *a, const void *b) {
        return strcmp(((const Vhba *) a)->wwpn, ((const Vhba *) b)->wwpn);
}

int inventory_query(Client *client, Inventory *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        int r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, VHBAD_ROOT,
                               "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", error,
                               &reply, "");
        if (r >= 0)
                r = read_objects(&inventory, reply);
        if (r < 0)
                return r;

        if (inventory.n_hbas > 0)
                qsort(inventory.hbas, inventory.n_hbas, sizeof(Hba), compare_hbas);
        if (inventory.n_vhbas > 0)
                qsort(inventory.vhbas, inventory.n_vhbas, sizeof(Vhba), compare_vhbas);

        *ret = inventory;
        inventory = (Inventory){ 0 };
        return 0;
}

int inventory_load(Client *client, Inventory *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = inventory_query(client, ret, &error);
        return r < 0 ? client_refused(client, &error, r, "Cannot list the HBAs and vHBAs") : 0;
}

static int find_object(Client *client, const char *getter, const char *name, char **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *object;
        int r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, VHBAD_ROOT, VHBAD_MANAGER, getter, &error,
                               &reply, "s", name);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &object);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot find %s", name);

        *ret = strdup(object);
        return *ret ? 0 : complain("Out of memory.");
}

static int load_object(Client *client, const char *object, const char *interface,
                       const Property *table, size_t n, void *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, object, "org.freedesktop.DBus.Properties",
                               "GetAll", &error, &reply, "s", interface);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot read %s", object);

        r = properties_read(reply, table, n, ret);
        if (r >= 0)
                r = properties_complete(table, n, ret);
        if (r < 0)
                return complain("Cannot understand %s: %s", object, strerror(-r));

        return 0;
}

int hba_load_object(Client *client, const char *object, Hba *ret) {
        ret->object = strdup(object);
        if (!ret->object)
                return complain("Out of memory.");

        return load_object(client, object, VHBAD_HBA, hba_properties, ARRAY_LEN(hba_properties),
                           ret);
}

int hba_find_object(Client *client, const char *name, char **ret) {
        return find_object(client, "GetHba", name, ret);
}

int vhba_load(Client *client, const char *wwpn, Vhba *ret) {
        int r;

        r = find_object(client, "GetVhba", wwpn, &ret->object);
        if (r != 0)
                return r;

        return vhba_reload(client, ret);
}

int vhba_reload(Client *client, Vhba *vhba) {
        return load_object(client, vhba->object, VHBAD_VHBA, vhba_properties,
                           ARRAY_LEN(vhba_properties), vhba);
}

const Hba *inventory_find_hba(const Inventory *inventory, const char *object) {
        for (size_t i = 0; i < inventory->n_hbas; i++)
                if (strcmp(inventory->hbas[i].object, object) == 0)
                        return inventory->hbas + i;

        return NULL;
}

const Vhba *inventory_find_vhba(const Inventory *inventory, const char *wwpn) {
        for (size_t i = 0; i < inventory->n_vhbas; i++)
                if (strcmp(inventory->vhbas[i].wwpn, wwpn) == 0)
                        return inventory->vhbas + i;

        return NULL;
}

const Hba *inventory_find_port(const Inventory *inventory, const char *port_name) {
        for (size_t i = 0; i < inventory->n_hbas; i++)
                if (strcmp(inventory->hbas[i].port_name, port_name) == 0)
                        return inventory->hbas + i;

        return NULL;
}
