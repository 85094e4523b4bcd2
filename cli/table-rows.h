/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The rows of a table that is neither tree nor wrapped, in few large pieces of memory: lists have
 * ten thousand. Used by table.c alone.
 */

#include "cli/table.h"

typedef struct Cell {
        const char *text;
        unsigned width; /* in columns of a terminal */
        Tone tone;
} Cell;

typedef struct Rows {
        size_t n_columns;
        struct CellBlock *first, *last;
        struct TextBlock *texts;
        size_t n_rows;
} Rows;

/* A row of cells that are all zero; NULL without memory. It stays where it is. */
Cell *rows_add(Rows *rows);

/* A copy that lives as long as the rows, without control bytes; *ret_width is what it takes up. */
const char *rows_copy(Rows *rows, const char *text, size_t length, unsigned *ret_width);

void rows_done(Rows *rows);

/* The heads are the first row, if there are any; colours may be NULL. On stdout. A negative errno.
 */
int rows_print(const Rows *rows, const Column *columns, bool heads, const char *const *colours);
