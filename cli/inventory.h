/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The HBAs and vHBAs of a host, as vhbad tells them: read once, shown, thrown away. Everything in
 * here is text as it came over the bus; how it looks is decided where it is printed.
 */

#include "cli/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Hba {
        char *object;
        char *host_name;
        char *port_name;
        char *node_name;
        char *fabric_name;
        char *state;
        char *port_type;
        char *speed;
        char *vendor;
        char *model;
        char *driver;
        char *pci_address;
        bool npiv_capable;
        uint32_t vports_in_use;
        uint32_t max_vports;
} Hba;

typedef struct Vhba {
        char *object;
        char *wwpn;
        char *wwnn;
        bool defined;
        char *definition_file;
        char *parent;
        char *hba; /* the object of an Hba, "/" for none */
        char *peer;
        char *role;
        char *pair_state;
        char *symbolic_name;
        char **expect;
        uint64_t timeout_usec;
        char *kernel_state;
        char *kernel_last_state;
        char *scsi_host;
        char *unit;
        char *unit_state;
        char *unit_sub_state;
        bool autostart;
        char *cause;
        char *message;
} Vhba;

typedef struct Inventory {
        Hba *hbas; /* by host name, host2 before host10 */
        size_t n_hbas;
        Vhba *vhbas; /* by WWPN */
        size_t n_vhbas;
} Inventory;

/*
 * All in one call, or one of them. 0, or EXIT_FAILURE after a complaint. What is loaded has every
 * string; the caller hands in zeroes and cleans up in either case.
 */
int inventory_load(Client *client, Inventory *ret);

/* The same for what can be shown without: a negative errno with the error filled in. */
int inventory_query(Client *client, Inventory *ret, sd_bus_error *error);

int hba_find_object(Client *client, const char *name, char **ret); /* by WWPN or host name */
int hba_load_object(Client *client, const char *object, Hba *ret);
int vhba_load(Client *client, const char *wwpn, Vhba *ret);
int vhba_reload(Client *client, Vhba *vhba);

/* What a PropertiesChanged has of them. */
int vhba_read_properties(sd_bus_message *message, Vhba *vhba);

/* NULL when there is none. */
const Hba *inventory_find_hba(const Inventory *inventory, const char *object);
const Vhba *inventory_find_vhba(const Inventory *inventory, const char *wwpn);
const Hba *inventory_find_port(const Inventory *inventory, const char *port_name);

static inline bool vhba_has_vport(const Vhba *vhba) {
        return vhba->kernel_state && *vhba->kernel_state != '\0';
}

void hba_done(Hba *hba);
void vhba_done(Vhba *vhba);
void inventory_done(Inventory *inventory);
