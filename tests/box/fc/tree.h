/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The synthetic /sys as a tree of directories, links and attributes in memory. It knows neither
 * FUSE (serve.c) nor devices (device.c); whoever changes it is seen by the next open(2) or read(2).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/cleanup.h"

typedef struct Node Node;

/* A write of len bytes, with a NUL after them: 0, or the negative errno that write(2) shall return.
 */
typedef int (*NodeStore)(Node *attr, const char *data, size_t len);

struct Node {
        LIST_ENTRY(Node) in_bucket;
        TAILQ_ENTRY(Node) in_parent;
        TAILQ_HEAD(, Node) children;
        Node *parent; /* NULL for the root, and for what was removed */
        char *name;
        mode_t mode;
        uid_t uid;
        gid_t gid;
        char *data; /* an attribute's content, a link's target */
        size_t len;
        NodeStore store; /* NULL: nobody may write, not even root */
        void *object;    /* for store */
        uint64_t lookups;
        bool removed;
};

Node *tree_root(void);

/* A directory below parent, made if missing; name may be a path. */
Node *node_dir(Node *parent, const char *name);

/* A link below dir to another node, relative as the kernel's are. */
void node_link(Node *dir, const char *name, Node *target);

/* An attribute everybody may read; set again, it gets the new text. */
Node *node_text(Node *dir, const char *name, const char *format, ...) _printf_(3, 4);
Node *node_bytes(Node *dir, const char *name, const void *data, size_t len);

/* An attribute with a store; mode says whether it can be read as well. */
Node *node_attr(Node *dir, const char *name, mode_t mode, NodeStore store, void *object);

/* A store that keeps the text, less a newline at the end. */
int node_store_text(Node *attr, const char *data, size_t len);

Node *node_child(const Node *dir, const char *name);

/* The path below /sys, "/" first; the caller frees it. */
char *node_path(const Node *node);

/* Removes the node and all below it; opened ones stay until the kernel forgets them. */
void node_remove(Node *node);

/* The kernel holds (n > 0) or forgets (n < 0) references to a node. */
void node_hold(Node *node, int64_t n);
