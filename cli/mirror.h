/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What mirrord says of mirrors, as records.
 */

#include "cli/client.h"
#include "cli/json.h"
#include "cli/table.h"

#include <stdint.h>

typedef struct MirrorDisk {
        char *name, *node, *state, *message;
        uint64_t n_done, n_total;
} MirrorDisk;

typedef struct Mirror {
        char *id, *monitor, *state, *message;
        uint64_t rate, speed, started_usec;
        uint32_t owner;
        MirrorDisk *disks;
        size_t n_disks;
} Mirror;

typedef struct MirrorList {
        Mirror *mirrors;
        size_t n_mirrors;
} MirrorList;

void mirror_done(Mirror *mirror);
void mirror_list_done(MirrorList *list);

/* With a complaint on failure. The list has no disks, and is in the order of the ids. */
int mirror_list_load(Client *client, MirrorList *ret);
int mirror_load(Client *client, const char *id, Mirror *ret);

/* Not connected to anything yet, going on, or over. */
bool mirror_has_ended(const Mirror *mirror);
Tone mirror_tone(const char *state);

/* In percent of what QEMU has to copy as of now. */
unsigned mirror_percent(const MirrorDisk *disk);

Json *mirror_to_json(const Mirror *mirror);

/* A call without arguments, or with one number, of one mirror. 0, or after a complaint. */
int mirror_tell(Client *client, const char *id, const char *method, const char *what);
int mirror_tell_number(Client *client, const char *id, const char *method, uint64_t number,
                       const char *what);
