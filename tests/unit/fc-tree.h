/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A tree with sys, run/udev and dev below it, as a host with Fibre Channel or iSCSI has them: for
 * tests and benches of what reads them. Any failure ends the program, since a test without its tree
 * is none.
 */

#include "common/wwn.h"
#include "lunwatch/path/devpath.h"

typedef struct FcTree {
        char root[256];
        int root_fd;
} FcTree;

/* An empty one, in a fresh directory, or below one that exists and is empty. */
void fc_tree_open(FcTree *tree);
void fc_tree_open_at(FcTree *tree, const char *root);

/* Removes everything below the root, and the root. */
void fc_tree_done(FcTree *tree);

/* Host N hangs below the PCI device, a vHBA's below host 5 and its vport. */
void fc_tree_add_host(FcTree *tree, uint32_t host, Wwn port_name, Wwn node_name, bool is_vhba);
/* An iSCSI session, on a host of its own below /sys/devices/platform. */
void fc_tree_add_session(FcTree *tree, uint32_t host, uint32_t session, const char *initiator,
                         const char *target);
void fc_tree_add_rport(FcTree *tree, const RportId *rport, bool is_vhba, Wwn target);

typedef struct FcTreeLun {
        DevPath where;
        const char *wwid;      /* NULL: no such attribute */
        const char *disk;      /* NULL: none (yet) */
        uint32_t major, minor; /* of the disk */
        uint64_t size_bytes;   /* of the disk */
        const char *udev_data; /* NULL: udev is not through with it */
        const char *type;      /* NULL: "0" */
} FcTreeLun;

void fc_tree_add_lun(FcTree *tree, const FcTreeLun *lun);
void fc_tree_remove_lun(FcTree *tree, const FcTreeLun *lun);

/* A device node with the LUN's number, as root; otherwise nothing. */
void fc_tree_add_node(FcTree *tree, const FcTreeLun *lun);

/* One file, below the root, with its directories; size may be less than the text's. */
void fc_tree_write(FcTree *tree, const char *name, const char *text);
void fc_tree_write_bytes(FcTree *tree, const char *name, const void *data, size_t size);
void fc_tree_link(FcTree *tree, const char *target, const char *name);
void fc_tree_remove(FcTree *tree, const char *name);
