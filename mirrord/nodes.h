/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which disks a QEMU has: asked once, at its monitor, by a client of its own that goes away with
 * the answer. Never waits longer than it was told.
 */

#include "common/json-read.h"
#include "mirrord/mirror.h"

#include <systemd/sd-event.h>

#define NODE_DRIVER_MAX 31

/* A node of QEMU's block graph that has a size. */
typedef struct Node {
        char name[MIRROR_NODE_MAX + 1];
        char driver[NODE_DRIVER_MAX + 1]; /* "raw", "qcow2", … */
        uint64_t size_bytes;
} Node;

/* Of an item of query-named-block-nodes. Nodes without a size, and what no QEMU says, are none. */
bool node_read(const JsonValue *value, Node *ret);

typedef struct NodeQuery NodeQuery;

/*
 * r: 0 and the array of query-named-block-nodes, or a negative errno and why, as a sentence:
 * -ECONNREFUSED or -ENOENT when nobody listens, -ETIMEDOUT, others. Called once; the query is to be
 * freed then, also from in here.
 */
typedef void (*NodeQueryFunc)(void *userdata, int r, const JsonValue *nodes, const char *words);

int node_query_new(sd_event *event, const char *monitor, uint64_t timeout_usec, NodeQueryFunc func,
                   void *userdata, NodeQuery **ret);
NodeQuery *node_query_free(NodeQuery *query);
DEFINE_CLEANUP(NodeQuery *, node_query_free);
