/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Targets made and taken back, as npivot mirror start and npivot target prepare do.
 */

#include "cli/mirror-disk.h"
#include "cli/target.h"

typedef struct PortRange {
        uint16_t first, last;
} PortRange;

typedef struct TargetOrder {
        const char *id;
        const char *address;
        const char *certificates, *peer_name; /* NULL: none */
        bool has_tls;
        PortRange ports; /* first 0: mirrord's own */
        const DiskWordsList *disks;
} TargetOrder;

/*
 * Prepare. *ret_may_exist is set once the target may be there, also where the reply was lost. 0, or
 * EXIT_FAILURE after a complaint.
 */
int target_prepare(Client *client, const TargetOrder *order, bool *ret_may_exist);

/*
 * Prepare and Serve, until it is listening. 0 and the target, EXIT_FAILURE after a complaint,
 * -EINTR after Ctrl-C, or another negative errno.
 */
int target_make(Client *client, const TargetOrder *order, uint64_t deadline_usec,
                bool *ret_may_exist, Target *ret);

/* Abort and Forget, and says what has come of it. */
void target_take_back(Client *client, const char *id);

/* An IP address, of --address. 0, or EXIT_USAGE. */
int address_check(const char *address);

/* FIRST-LAST, of --ports; NULL is 0-0. 0, or EXIT_USAGE. */
int ports_parse(const char *word, PortRange *ret);

/* Whether there are two for each disk, or none are named. 0, or EXIT_USAGE. */
int ports_check(const PortRange *ports, size_t n_disks);
