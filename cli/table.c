/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table.h"

#include "cli/table-rows.h"
#include "cli/table-scols.h"
#include "common/escape.h"

#include <stdarg.h>
#include <string.h>

/* Most texts fit: then formatting needs no memory of its own. */
#define TEXT_MAX 256

/* One of the two is in use. */
struct Table {
        ScolsTable *scols;
        Rows rows;
        const Column *columns;
        size_t n_columns;
        bool heads;
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

Table *table_free(Table *table) {
        if (!table)
                return NULL;

        (void) scols_table_free(table->scols);
        rows_done(&table->rows);
        free(table);
        return NULL;
}

static void set_text(Table *table, Row *row, size_t column, Tone tone, const char *text,
                     size_t length) {
        char *copy;
        Cell *cell;

        if (!row)
                return;
        if (length == 0) {
                tone = TONE_FAINT;
                text = "-";
                length = 1;
        }

        if (table->scols) {
                copy = strndup(text, length);
                if (!copy || scols_table_set(table->scols, row, column, colours[tone],
                                             escape_in_place(copy)) < 0)
                        table->incomplete = true;
                return;
        }

        cell = (Cell *) row + column;
        cell->tone = tone;
        cell->text = rows_copy(&table->rows, text, length, &cell->width);
        if (!cell->text)
                table->incomplete = true;
}

static void add_heads(Table *table) {
        Row *row = table_add_row(table, NULL);

        for (size_t i = 0; i < table->n_columns; i++)
                table_set(table, row, i, TONE_PLAIN, table->columns[i].name);
}

static int new_scols(const Column *columns, size_t n_columns, bool heads, const char *separator,
                     Table **ret) {
        _cleanup_(table_freep) Table *table = calloc(1, sizeof *table);
        int r;

        if (!table)
                return -ENOMEM;
        table->n_columns = n_columns;
        r = scols_table_new(columns, n_columns, heads, separator, colours_wanted(), &table->scols);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(table);
        return 0;
}

int table_new(const Column *columns, size_t n_columns, bool heads, Table **ret) {
        Table *table;

        for (size_t i = 0; i < n_columns; i++)
                if (columns[i].flags & (COLUMN_TREE | COLUMN_WRAP))
                        return new_scols(columns, n_columns, heads, "  ", ret);

        table = calloc(1, sizeof *table);
        if (!table)
                return -ENOMEM;

        *table = (Table){
                .rows = { .n_columns = n_columns },
                .columns = columns,
                .n_columns = n_columns,
                .heads = heads,
        };
        if (heads)
                add_heads(table);
        *ret = table;
        return 0;
}

Row *table_add_row(Table *table, Row *parent) {
        Row *row;

        row = table->scols ? scols_table_add_row(table->scols, parent)
                           : (Row *) rows_add(&table->rows);
        if (!row) {
                table->incomplete = true;
                return NULL;
        }

        if (table->scols)
                for (size_t i = 0; i < table->n_columns; i++)
                        set_text(table, row, i, TONE_FAINT, "", 0);
        else
                for (size_t i = 0; i < table->n_columns; i++)
                        ((Cell *) row)[i] = (Cell){ .text = "-", .width = 1, .tone = TONE_FAINT };

        return row;
}

void table_set(Table *table, Row *row, size_t column, Tone tone, const char *text) {
        set_text(table, row, column, tone, text, text ? strlen(text) : 0);
}

static void _printf_(5, 0)
        vset(Table *table, Row *row, size_t column, Tone tone, const char *format, va_list args) {
        _cleanup_free_ char *longer = NULL;
        char text[TEXT_MAX];
        va_list again;
        int n;

        va_copy(again, args);
        n = vsnprintf(text, sizeof text, format, args);
        if (n >= TEXT_MAX && vasprintf(&longer, format, again) < 0)
                longer = NULL;
        va_end(again);
        if (n < 0 || (n >= TEXT_MAX && !longer)) {
                table->incomplete = true;
                return;
        }

        set_text(table, row, column, tone, longer ? longer : text, (size_t) n);
}

void table_setf(Table *table, Row *row, size_t column, Tone tone, const char *format, ...) {
        va_list args;

        va_start(args, format);
        vset(table, row, column, tone, format, args);
        va_end(args);
}

int table_new_block(Table **ret) {
        static const Column columns[] = { { "KEY", COLUMN_RIGHT }, { "VALUE", COLUMN_WRAP } };

        return new_scols(columns, ARRAY_LEN(columns), false, " ", ret);
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
        return table->scols ? !scols_table_has_rows(table->scols)
                            : table->rows.n_rows == (size_t) table->heads;
}

int table_print(Table *table) {
        int r;

        if (table->incomplete)
                return -ENOMEM;

        /* Heads alone say nothing. */
        if (table_is_empty(table))
                return 0;
        r = table->scols ? scols_table_print(table->scols)
                         : rows_print(&table->rows, table->columns, table->heads,
                                      colours_wanted() ? colours : NULL);
        if (r < 0)
                return r;

        errno = 0;
        if (fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;

        return 0;
}
