/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A hash table of nodes that live inside other structures: 16 bytes a node, no allocation but the
 * buckets. Knows hashes only; what is a key, and whether two are equal, is the owner's business.
 *
 * Written here because what exists costs too much or does too little: a path is in four tables and
 * may take 512 bytes, uthash's handle alone takes 56 for each; hcreate(3) cannot delete.
 */

#include "lunwatch/path/devpath.h"

typedef struct TableNode {
        struct TableNode *next;
        uint32_t hash;
} TableNode;

typedef struct Table {
        TableNode **buckets;
        uint32_t n_buckets; /* a power of two, or 0 */
        uint32_t n_nodes;
} Table;

/* Makes room before the first node: the only moment at which a table can fail (-ENOMEM). */
int table_prepare(Table *table);

/* A table that cannot grow goes on, slower. */
void table_add(Table *table, TableNode *node, uint32_t hash);
void table_remove(Table *table, TableNode *node);

/* The first node with that hash, and the one after a node with the same hash; NULL at the end. */
TableNode *table_first(const Table *table, uint32_t hash);
TableNode *table_next(const TableNode *node);

/* The nodes stay their owner's. */
void table_done(Table *table);

/* Hashes for keys: seeded once a process, since names come from whoever owns the storage. */
uint32_t hash_bytes(const void *data, size_t size);
uint32_t hash_string_nocase(const char *s);
uint32_t hctl_hash(const Hctl *hctl);

#define table_owner(node, type, member) ((type *) ((char *) (node) -offsetof(type, member)))
