/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a SAN administrator needs to zone and mask a vHBA, and its peer: gathered here, printed by
 * vhba-worksheet.c.
 */

#include "cli/inventory.h"
#include "cli/lun.h"

/* A port of an array, as one initiator sees it. */
typedef struct TargetPort {
        const char *wwpn;
        const char *state;
        size_t n_luns;
} TargetPort;

typedef struct Initiator {
        const char *wwpn;
        const char *role;
        const Vhba *vhba; /* NULL: a peer that is not known on this host */
        const Hba *hba;   /* the one it is on, or is meant for; NULL when that is not settled */
        LunPathList paths;
        TargetPort *targets;
        size_t n_targets;
        Lun *luns;
        size_t n_luns;
} Initiator;

typedef struct Worksheet {
        Inventory inventory;
        Initiator initiators[2]; /* the vHBA that was asked for, and its peer */
        size_t n_initiators;
        bool knows_luns; /* lunwatch answered */
} Worksheet;

/* 0, or EXIT_FAILURE after a complaint, or a negative errno. Connected; wwpn as npivot prints it.
 */
int worksheet_load(Client *client, const char *wwpn, Worksheet *ret);
void worksheet_done(Worksheet *worksheet);
