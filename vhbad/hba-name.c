/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/hba-name.h"
#include "common/cleanup.h"
#include "common/escape.h"

#include <string.h>
#include <systemd/sd-device.h>

/* Drivers that serve the HBAs of one maker. Software (fcoe) has no vendor. */
static const struct {
        const char *driver;
        const char *vendor;
} vendors[] = {
        { "bfa", "Brocade" },    { "bnx2fc", "QLogic" }, { "csiostor", "Chelsio" },
        { "fnic", "Cisco" },     { "lpfc", "Emulex" },   { "qedf", "QLogic" },
        { "qla2xxx", "QLogic" }, { "zfcp", "IBM" },
};

static void set(char *field, size_t size, const char *text) {
        size_t length = strnlen(text, size - 1);

        memcpy(field, text, length);
        field[length] = '\0';
        escape_in_place(field);
}

static void read_hwdb(sd_device *device, HbaName *name) {
        const char *text;

        if (sd_device_get_property_value(device, "ID_VENDOR_FROM_DATABASE", &text) >= 0)
                set(name->vendor, sizeof name->vendor, text);
        if (sd_device_get_property_value(device, "ID_MODEL_FROM_DATABASE", &text) >= 0)
                set(name->model, sizeof name->model, text);
}

static void read_driver(const FcHost *host, HbaName *name) {
        for (size_t i = 0; !*name->vendor && i < ARRAY_LEN(vendors); i++)
                if (strcmp(host->driver, vendors[i].driver) == 0)
                        set(name->vendor, sizeof name->vendor, vendors[i].vendor);
        if (!*name->model)
                set(name->model, sizeof name->model, host->symbolic_name);
}

static void read_ids(sd_device *device, HbaName *name) {
        const char *id;

        if (!*name->vendor && sd_device_get_sysattr_value(device, "vendor", &id) >= 0)
                set(name->vendor, sizeof name->vendor, id);
        if (!*name->model && sd_device_get_sysattr_value(device, "device", &id) >= 0)
                set(name->model, sizeof name->model, id);
}

void hba_name_read(const FcHost *host, HbaName *ret) {
        _cleanup_(sd_device_unrefp) sd_device *device = NULL;

        *ret = (HbaName){};
        if (*host->pci_address)
                (void) sd_device_new_from_subsystem_sysname(&device, "pci", host->pci_address);

        if (device)
                read_hwdb(device, ret);
        read_driver(host, ret);
        if (device)
                read_ids(device, ret);
}
