/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What mirrord says of mirrors, as records. An older mirrord says less: texts are "" then, numbers
 * 0, and the time that is left unknown.
 */

#include "cli/json.h"
#include "cli/mirrord.h"
#include "cli/table.h"

#include <stdint.h>

typedef struct MirrorDisk {
        char *name, *node, *state, *message;
        uint64_t n_done, n_total;
} MirrorDisk;

typedef struct Mirror {
        char *id, *monitor, *state, *message;
        char *convergence, *copy_mode, *verification;
        uint64_t n_done, n_total, rate, dirty_rate, eta_usec, speed, started_usec;
        uint32_t owner, n_retried;
        bool paused;
        MirrorDisk *disks;
        size_t n_disks;
} Mirror;

typedef struct MirrorList {
        Mirror *mirrors;
        size_t n_mirrors;
} MirrorList;

void mirror_done(Mirror *mirror);
void mirror_list_done(MirrorList *list);

/* With a complaint on failure. The list is in the order of the ids. */
int mirror_list_load(Client *client, MirrorList *ret);
int mirror_load(Client *client, const char *id, Mirror *ret);

/* The same without a word: a negative errno, and the error. */
int mirror_query(Client *client, const char *object, Mirror *ret, sd_bus_error *error);

bool mirror_is(const Mirror *mirror, const char *state);
bool mirror_has_ended(const Mirror *mirror);
bool mirror_will_not_converge(const Mirror *mirror);
/* For people: "" when there is nothing to say, or nothing left that could converge. */
const char *mirror_convergence(const Mirror *mirror);

Json *mirror_to_json(const Mirror *mirror);
