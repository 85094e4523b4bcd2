/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table.h"

#include "common/escape.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <string.h>

struct Table {
        struct libscols_table *scols;
        size_t n_columns;
        bool incomplete;
};

/* clang-format off */
static const char *const colours[] = {
        [TONE_PLAIN] = NULL,
        [TONE_GOOD] = "\033[32m",
        [TONE_BAD] = "\033[1;31m",
        [TONE_WAITING] = "\033[33m",
        [TONE_FAINT] = "\033[90m",
        [TONE_TITLE] = "\033[1m",
};
/* clang-format on */

static bool colours_wanted(void) {
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

        if (no_color && *no_color != '\0')
                return false;
        if (!term || strcmp(term, "dumb") == 0)
                return false;

        return isatty(STDOUT_FILENO);
}

static int scols_flags(ColumnFlags flags) {
        return (flags & COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0) |
               (flags & COLUMN_TREE ? SCOLS_FL_TREE : 0) |
               (flags & COLUMN_WRAP ? SCOLS_FL_WRAP : 0);
}

Table *table_free(Table *table) {
        if (table)
                scols_unref_table(table->scols);
        free(table);
        return NULL;
}

int table_new(const Column *columns, size_t n_columns, bool heads, Table **ret) {
        _cleanup_(table_freep) Table *table = NULL;

        table = calloc(1, sizeof *table);
        if (!table)
                return -ENOMEM;

        table->n_columns = n_columns;
        table->scols = scols_new_table();
        if (!table->scols)
                return -ENOMEM;

        (void) scols_table_enable_noheadings(table->scols, !heads);
        (void) scols_table_enable_colors(table->scols, colours_wanted());
        (void) scols_table_set_column_separator(table->scols, "  ");
        for (size_t i = 0; i < n_columns; i++)
                if (!scols_table_new_column(table->scols, columns[i].name, 0,
                                            scols_flags(columns[i].flags)))
                        return -ENOMEM;

        *ret = TAKE_PTR(table);
        return 0;
}

Row *table_add_row(Table *table, Row *parent) {
        Row *row;

        row = scols_table_new_line(table->scols, parent);
        if (!row) {
                table->incomplete = true;
                return NULL;
        }

        for (size_t i = 0; i < table->n_columns; i++)
                table_set(table, row, i, TONE_FAINT, NULL);

        return row;
}

/* Takes the text over; NULL is a failed allocation. */
static void set(Table *table, Row *row, size_t column, Tone tone, char *text) {
        struct libscols_cell *cell;

        cell = row ? scols_line_get_cell(row, column) : NULL;
        if (!text || !cell) {
                table->incomplete = true;
                free(text);
                return;
        }

        (void) scols_cell_set_color(cell, colours[*text != '\0' ? tone : TONE_FAINT]);
        if (*text == '\0') {
                free(text);
                text = strdup("-");
        }
        (void) scols_cell_refer_data(cell, text ? escape_in_place(text) : NULL);
}

void table_set(Table *table, Row *row, size_t column, Tone tone, const char *text) {
        set(table, row, column, tone, strdup(text ? text : ""));
}

static void _printf_(5, 0)
        vset(Table *table, Row *row, size_t column, Tone tone, const char *format, va_list args) {
        char *text = NULL;

        if (vasprintf(&text, format, args) < 0)
                text = NULL;
        set(table, row, column, tone, text);
}

void table_setf(Table *table, Row *row, size_t column, Tone tone, const char *format, ...) {
        va_list args;

        va_start(args, format);
        vset(table, row, column, tone, format, args);
        va_end(args);
}

int table_new_block(Table **ret) {
        static const Column columns[] = { { "KEY", COLUMN_RIGHT }, { "VALUE", COLUMN_WRAP } };
        int r;

        r = table_new(columns, ARRAY_LEN(columns), false, ret);
        if (r < 0)
                return r;

        (void) scols_table_set_column_separator((*ret)->scols, " ");
        return 0;
}

void table_add_fact(Table *block, const char *key, Tone tone, const char *format, ...) {
        Row *row;
        va_list args;

        row = table_add_row(block, NULL);
        table_setf(block, row, 0, TONE_PLAIN, "%s:", key);

        va_start(args, format);
        vset(block, row, 1, tone, format, args);
        va_end(args);
}

bool table_is_empty(const Table *table) {
        return scols_table_is_empty(table->scols);
}

int table_print(Table *table) {
        int r;

        if (table->incomplete)
                return -ENOMEM;

        r = scols_print_table(table->scols);
        if (r < 0)
                return r;

        errno = 0;
        if (fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;

        return 0;
}
