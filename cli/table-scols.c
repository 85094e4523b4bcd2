/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table-scols.h"

#include <libsmartcols.h>

struct ScolsTable {
        struct libscols_table *scols;
};

static int scols_flags(ColumnFlags flags) {
        return (flags & COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0) |
               (flags & COLUMN_TREE ? SCOLS_FL_TREE : 0) |
               (flags & COLUMN_WRAP ? SCOLS_FL_WRAP : 0);
}

DEFINE_CLEANUP(ScolsTable *, scols_table_free);

ScolsTable *scols_table_free(ScolsTable *table) {
        if (table)
                scols_unref_table(table->scols);
        free(table);
        return NULL;
}

int scols_table_new(const Column *columns, size_t n_columns, bool heads, const char *separator,
                    bool has_colours, ScolsTable **ret) {
        _cleanup_(scols_table_freep) ScolsTable *table = NULL;

        table = calloc(1, sizeof *table);
        if (!table)
                return -ENOMEM;
        table->scols = scols_new_table();
        if (!table->scols)
                return -ENOMEM;

        (void) scols_table_enable_noheadings(table->scols, !heads);
        (void) scols_table_enable_colors(table->scols, has_colours);
        (void) scols_table_set_column_separator(table->scols, separator);
        for (size_t i = 0; i < n_columns; i++)
                if (!scols_table_new_column(table->scols, columns[i].name, 0,
                                            scols_flags(columns[i].flags)))
                        return -ENOMEM;

        *ret = TAKE_PTR(table);
        return 0;
}

void *scols_table_add_row(ScolsTable *table, void *parent) {
        return scols_table_new_line(table->scols, parent);
}

int scols_table_set(ScolsTable *table, void *row, size_t column, const char *colour, char *text) {
        struct libscols_cell *cell = scols_line_get_cell(row, column);

        if (!cell) {
                free(text);
                return -ENOMEM;
        }

        (void) scols_cell_set_color(cell, colour);
        return scols_cell_refer_data(cell, text);
}

bool scols_table_has_rows(const ScolsTable *table) {
        return !scols_table_is_empty(table->scols);
}

int scols_table_print(ScolsTable *table) {
        return scols_print_table(table->scols);
}
