/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel's FC transport class shows: physical hosts and vports, read from sysfs at the
 * moment of the question. Reads only; the one writer is vport.h.
 * Source: drivers/scsi/scsi_transport_fc.c.
 */

#include "common/wwn.h"

#include <stdbool.h>
#include <stddef.h>

#define FC_PATH_SIZE 512 /* devices with a longer path are left out */

typedef struct FcHost {
        char name[32];              /* "host5" */
        char syspath[FC_PATH_SIZE]; /* the fc_host device, resolved */
        Wwn port_name;
        Wwn node_name;
        Wwn fabric_name; /* 0 when not logged in */
        char state[32];  /* port_state */
        char port_type[48];
        char speed[32];
        char symbolic_name[257];
        char driver[32];
        char pci_address[16]; /* "" when not on PCI */
        bool is_vport; /* the fc_host of a vport; the rest of the fields is valid all the same */
        bool npiv_capable; /* has vport_create */
        unsigned vports_in_use;
        unsigned vports_max;
} FcHost;

typedef struct FcVport {
        char name[48];              /* "vport-5:0-2" */
        char syspath[FC_PATH_SIZE]; /* the fc_vports device, resolved */
        char parent[32];            /* host name of the HBA it is on: "host5" */
        char scsi_host[32];         /* its own SCSI host, "host7"; "" while it has none */
        Wwn port_name;
        Wwn node_name;
        char state[32];
        char last_state[32];
        char symbolic_name[65];
} FcVport;

/* Hosts whose port name is not (yet) a WWN are left out: their driver has not set them up. */
int fc_host_list(FcHost **ret, size_t *ret_n);
int fc_vport_list(FcVport **ret, size_t *ret_n);

/* -ENOENT when there is none. */
int fc_vport_find(Wwn wwpn, FcVport *ret);

/* Only the two states of one vport; cheap enough for polling. -ENOENT when it is gone. */
int fc_vport_read_state(FcVport *vport);
