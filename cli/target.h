/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What mirrord says of targets, the disks that mirrors fill, as records.
 */

#include "cli/json.h"
#include "cli/mirrord.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TargetDisk {
        char *name, *path, *format, *node;
        uint64_t size_bytes;
        bool is_created;
} TargetDisk;

typedef struct Target {
        char *id, *state, *message, *address, *monitor;
        uint32_t owner;
        uint64_t started_usec;
        TargetDisk *disks;
        size_t n_disks;
} Target;

typedef struct TargetList {
        Target *targets;
        size_t n_targets;
} TargetList;

typedef struct Connection {
        char *name, *key;
        uint16_t port, verify_port;
} Connection;

typedef struct ConnectionList {
        Connection *connections;
        size_t n_connections;
} ConnectionList;

void target_done(Target *target);
void target_list_done(TargetList *list);
void connection_list_done(ConnectionList *list);

/* With a complaint on failure. */
int target_list_load(Client *client, TargetList *ret);
int target_load(Client *client, const char *id, Target *ret);
int connection_list_load(Client *client, const char *id, ConnectionList *ret);

/* The same without a word: a negative errno, and the error. */
int target_query(Client *client, const char *object, Target *ret, sd_bus_error *error);

/* > 0 when it is there, 0 when not, EXIT_FAILURE as a negative number after a complaint. */
int target_exists(Client *client, const char *id);

const TargetDisk *target_find_disk(const Target *target, const char *name, size_t length);
bool target_is(const Target *target, const char *state);

Json *target_to_json(const Target *target);
