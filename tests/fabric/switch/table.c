/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void table_done(Table *table) {
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i]);
        free(table->cells);
        table->cells = NULL;
        table->n_cells = 0;
}

void table_add_text(Table *table, const char *format, ...) {
        char **cells = reallocarray(table->cells, table->n_cells + 1, sizeof *cells);
        va_list args;
        int r;

        if (!cells) {
                table->error = -ENOMEM;
                return;
        }
        table->cells = cells;
        va_start(args, format);
        r = vasprintf(&cells[table->n_cells], format, args);
        va_end(args);
        if (r < 0)
                table->error = -ENOMEM;
        else
                table->n_cells++;
}

void table_add_number(Table *table, uint64_t number) {
        table_add_text(table, "%" PRIu64, number);
}

void table_add_bool(Table *table, bool value) {
        table_add_text(table, "%s", value ? "true" : "false");
}

static void json_print_string(const char *s, FILE *out) {
        fputc('"', out);
        for (; *s; s++) {
                unsigned char c = (unsigned char) *s;

                if (c == '"' || c == '\\')
                        fprintf(out, "\\%c", c);
                else if (c < 0x20 || c >= 0x7f)
                        /* Names come from the wire in no known encoding: Latin-1 loses nothing. */
                        fprintf(out, "\\u%04x", c);
                else
                        fputc(c, out);
        }
        fputc('"', out);
}

/* For people: what a terminal could take as a command is shown as a dot. */
static void text_print(const char *s, FILE *out) {
        for (; *s; s++)
                fputc((unsigned char) *s < 0x20 || (unsigned char) *s >= 0x7f ? '.' : *s, out);
}

static const char *text_of(const Table *table, size_t cell) {
        const char *value = table->cells[cell];

        if (table->columns[cell % table->n_columns].type == COLUMN_BOOL)
                return strcmp(value, "true") == 0 ? "yes" : "no";
        return *value ? value : "-";
}

static void json_print_row(const Table *table, size_t first, FILE *out) {
        fputc('{', out);
        for (size_t i = 0; i < table->n_columns; i++) {
                fprintf(out, "%s\"%s\":", i > 0 ? "," : "", table->columns[i].name);
                if (table->columns[i].type == COLUMN_TEXT)
                        json_print_string(table->cells[first + i], out);
                else
                        fputs(table->cells[first + i], out);
        }
        fputc('}', out);
}

static size_t column_width(const Table *table, size_t column) {
        size_t width = strlen(table->columns[column].name);

        for (size_t cell = column; cell < table->n_cells; cell += table->n_columns) {
                size_t size = strlen(text_of(table, cell));

                if (size > width)
                        width = size;
        }
        return width;
}

static void text_print_cell(const char *s, size_t width, bool is_number, bool is_last, FILE *out) {
        int padding = (int) (width - strlen(s));

        if (is_number)
                fprintf(out, "%*s", padding, "");
        text_print(s, out);
        if (!is_number && !is_last)
                fprintf(out, "%*s", padding, "");
        fputs(is_last ? "\n" : "  ", out);
}

static void text_print_table(const Table *table, FILE *out) {
        for (size_t cell = 0; cell < table->n_columns + table->n_cells; cell++) {
                size_t column = cell % table->n_columns;

                text_print_cell(cell < table->n_columns ? table->columns[column].name
                                                        : text_of(table, cell - table->n_columns),
                                column_width(table, column),
                                table->columns[column].type == COLUMN_NUMBER,
                                column + 1 == table->n_columns, out);
        }
}

int table_print(const Table *table, bool json, FILE *out) {
        if (table->error < 0)
                return table->error;
        if (!json) {
                text_print_table(table, out);
                return 0;
        }
        fputc('[', out);
        for (size_t first = 0; first < table->n_cells; first += table->n_columns) {
                if (first > 0)
                        fputs(",\n", out);
                json_print_row(table, first, out);
        }
        fputs("]\n", out);
        return 0;
}

int table_print_record(const Table *table, bool json, FILE *out) {
        size_t width = 0;

        if (table->error < 0)
                return table->error;
        if (json) {
                json_print_row(table, 0, out);
                fputc('\n', out);
                return 0;
        }
        for (size_t i = 0; i < table->n_columns; i++)
                if (strlen(table->columns[i].name) > width)
                        width = strlen(table->columns[i].name);
        for (size_t i = 0; i < table->n_columns; i++) {
                fprintf(out, "%-*s  ", (int) width, table->columns[i].name);
                text_print(text_of(table, i), out);
                fputc('\n', out);
        }
        return 0;
}
