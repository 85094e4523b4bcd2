/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A physical HBA port: PCI function, fc_host with vport_create and vport_delete, and its vports.
 * The answers to those two are the kernel's (drivers/scsi/scsi_transport_fc.c).
 */

#include <stdbool.h>
#include <stdio.h>

#include "port.h"
#include "vport.h"

typedef struct Hba {
        TAILQ_ENTRY(Hba) in_hbas;
        TAILQ_HEAD(, Vport) vports;
        PortSpec spec;
        char *pci; /* "0000:05:00.0", or "none" */
        char *port_state;
        unsigned max_vports;
        unsigned n_vports;
        unsigned next_vport;
        Device *pci_device;
        Port *port;
} Hba;

/*
 * words are KEY=VALUE: port_name, node_name, fabric_name, pci, driver, model, speed, state, max.
 * What is left out gets a likely value. -EINVAL for an unknown key or a bad value, -EEXIST if the
 * port name or PCI address is taken.
 */
int hba_new(char *const *words, size_t n, Hba **ret);
Hba *hba_free(Hba *hba);

Hba *hba_next(Hba *hba);

/* By port name, PCI address or host name; NULL if there is none. */
Hba *hba_find(const char *name);

/* "Online" or any other fc_host port_state; the vports follow. */
void hba_set_state(Hba *hba, const char *state);
bool hba_is_online(const Hba *hba);
void hba_set_max(Hba *hba, unsigned max_vports);

void hba_drop_vport(Hba *hba, Vport *vport);
void hba_drop_vports(Hba *hba);

void hba_save(FILE *f);
