/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tables and trees for people. libsmartcols draws what is a tree or wrapped (table-scols.c); lists,
 * which may be long, are laid out here (table-rows.c). Columns are aligned, text from outside
 * loses its control bytes, colours appear on a terminal only (and never with $NO_COLOR).
 *
 * Filling cannot fail half-way: what there was no memory for is remembered until table_print().
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Table Table;
typedef struct Row Row;

typedef enum ColumnFlags {
        COLUMN_LEFT = 0,
        COLUMN_RIGHT = 1 << 0,
        COLUMN_TREE = 1 << 1,
        COLUMN_WRAP = 1 << 2, /* on a terminal, goes on in the next line */
} ColumnFlags;

typedef struct Column {
        const char *name;
        ColumnFlags flags;
} Column;

/* What a text means, not how it looks. */
typedef enum Tone {
        TONE_PLAIN,
        TONE_GOOD,
        TONE_BAD,
        TONE_WAITING,
        TONE_FAINT,
        TONE_TITLE,
} Tone;

/* The columns must outlive the table. */
int table_new(const Column *columns, size_t n_columns, bool heads, Table **ret);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table *, table_free);

/* A new row, below parent in a tree (NULL otherwise). Every cell starts as "-". */
Row *table_add_row(Table *table, Row *parent);

/* NULL and "" are shown as "-". */
void table_set(Table *table, Row *row, size_t column, Tone tone, const char *text);
void table_setf(Table *table, Row *row, size_t column, Tone tone, const char *format, ...)
        _printf_(5, 6);

/* A block of "Key: value" lines has two columns and no heads. */
int table_new_block(Table **ret);
void table_add_fact(Table *block, const char *key, Tone tone, const char *format, ...)
        _printf_(4, 5);

bool table_is_empty(const Table *table);

/* On stdout. -ENOMEM, or the errno of writing. */
int table_print(Table *table);
