/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The part of a table that libsmartcols draws: trees, and text that goes on in the next line. Used
 * by table.c alone, whose interface everybody else has.
 */

#include "cli/table.h"

typedef struct ScolsTable ScolsTable;

int scols_table_new(const Column *columns, size_t n_columns, bool heads, const char *separator,
                    bool has_colours, ScolsTable **ret);
ScolsTable *scols_table_free(ScolsTable *table);

/* NULL without memory. */
void *scols_table_add_row(ScolsTable *table, void *parent);

/* Takes the text over. A negative errno. */
int scols_table_set(ScolsTable *table, void *row, size_t column, const char *colour, char *text);

bool scols_table_has_rows(const ScolsTable *table);
int scols_table_print(ScolsTable *table);
