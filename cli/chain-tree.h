/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A chain as a tree: from who uses a disk down to the HBAs that carry it, or from the HBAs up. What
 * has been shown once is only named the second time.
 */

#include "cli/chain.h"
#include "cli/table.h"

/* Everything in it, from the uses down. */
int chain_tree_print_down(const Chain *chain, bool heads);

/* The same without the uses: maps down to the HBAs. */
int chain_tree_print_paths(const Chain *chain, bool heads);

/* HBA, vHBA, target port, LUN, map, uses. */
int chain_tree_print_up(const Chain *chain, bool heads);

/* Rows that both have. */
enum { CHAIN_NAME, CHAIN_STATE, CHAIN_DETAIL };

int chain_tree_new(bool heads, Table **ret);
Row *chain_tree_add_hba(Table *table, Row *parent, const Chain *chain, const LunPath *path);
Row *chain_tree_add_initiator(Table *table, Row *parent, const Chain *chain, const LunPath *path);
Row *chain_tree_add_port(Table *table, Row *parent, const LunPath *path);
Row *chain_tree_add_use(Table *table, Row *parent, const Use *use);
void chain_tree_describe_map(Table *table, Row *row, const Map *map);
