/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the switch reports: rows of named columns, printed aligned for people or as JSON for
 * programs. Knows nothing of what the values mean.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ColumnType {
        COLUMN_TEXT,
        COLUMN_NUMBER,
        COLUMN_BOOL,
} ColumnType;

typedef struct Column {
        const char *name;
        ColumnType type;
} Column;

typedef struct Table {
        const Column *columns;
        size_t n_columns;
        char **cells;
        size_t n_cells;
        int error; /* the first that a table_add_* met; table_print() reports it */
} Table;

#define TABLE_INIT(cols) \
        { .columns = (cols), .n_columns = ARRAY_LEN(cols) }

void table_done(Table *table);

/* One cell after the other, row by row, each of its column's type. */
void table_add_text(Table *table, const char *format, ...) _printf_(2, 3);
void table_add_number(Table *table, uint64_t number);
void table_add_bool(Table *table, bool value);

/* JSON: an array of objects. -ENOMEM. */
int table_print(const Table *table, bool json, FILE *out);
/* One row only: "name value" lines, or one JSON object. */
int table_print_record(const Table *table, bool json, FILE *out);
