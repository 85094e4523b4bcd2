/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _XOPEN_SOURCE 700
#include "cli/table-rows.h"

#include "common/escape.h"

#include <string.h>
#include <wchar.h>

#define BLOCK_ROWS 256
#define BLOCK_BYTES ((size_t) 64 * 1024)
#define SEPARATOR "  "
#define COLUMNS_MAX 32

typedef struct CellBlock {
        struct CellBlock *next;
        size_t n_rows;
        Cell cells[];
} CellBlock;

typedef struct TextBlock {
        struct TextBlock *next;
        size_t n_used, size;
        char bytes[];
} TextBlock;

void rows_done(Rows *rows) {
        for (CellBlock *block = rows->first, *next; block; block = next) {
                next = block->next;
                free(block);
        }
        for (TextBlock *block = rows->texts, *next; block; block = next) {
                next = block->next;
                free(block);
        }
        *rows = (Rows){ 0 };
}

Cell *rows_add(Rows *rows) {
        CellBlock *block = rows->last;

        if (!block || block->n_rows == BLOCK_ROWS) {
                block = calloc(1, sizeof *block + BLOCK_ROWS * rows->n_columns * sizeof(Cell));
                if (!block)
                        return NULL;
                *(rows->last ? &rows->last->next : &rows->first) = block;
                rows->last = block;
        }

        rows->n_rows++;
        return block->cells + block->n_rows++ * rows->n_columns;
}

static char *reserve(Rows *rows, size_t size) {
        TextBlock *block = rows->texts;
        size_t block_size = size > BLOCK_BYTES ? size : BLOCK_BYTES;

        if (!block || block->size - block->n_used < size) {
                block = malloc(sizeof *block + block_size);
                if (!block)
                        return NULL;
                *block = (TextBlock){ .next = rows->texts, .size = block_size };
                rows->texts = block;
        }

        block->n_used += size;
        return block->bytes + block->n_used - size;
}

static bool is_plain(const char *text, size_t length) {
        for (size_t i = 0; i < length; i++)
                if (text[i] < ' ' || text[i] > '~')
                        return false;

        return true;
}

/* What this locale cannot show becomes question marks, so that columns stay where they are. */
static unsigned measure(char *text) {
        size_t left = strlen(text), n;
        mbstate_t state = { 0 };
        unsigned width = 0;
        wchar_t c;
        int w;

        while (left > 0) {
                n = mbrtowc(&c, text, left, &state);
                w = n > left ? -1 : wcwidth(c);
                if (w < 0) {
                        *text = '?';
                        n = w = 1;
                        state = (mbstate_t){ 0 };
                }
                text += n;
                left -= n;
                width += (unsigned) w;
        }

        return width;
}

const char *rows_copy(Rows *rows, const char *text, size_t length, unsigned *ret_width) {
        char *copy;

        copy = reserve(rows, length + 1);
        if (!copy)
                return NULL;

        memcpy(copy, text, length);
        copy[length] = '\0';
        *ret_width = is_plain(copy, length) ? (unsigned) length : measure(escape_in_place(copy));
        return copy;
}

static void find_widths(const Rows *rows, unsigned widths[static COLUMNS_MAX]) {
        for (const CellBlock *block = rows->first; block; block = block->next)
                for (size_t i = 0; i < block->n_rows * rows->n_columns; i++) {
                        unsigned *width = widths + i % rows->n_columns;

                        if (block->cells[i].width > *width)
                                *width = block->cells[i].width;
                }
}

static void pad(unsigned n) {
        while (n-- > 0)
                putc_unlocked(' ', stdout);
}

static void print_cell(const Cell *cell, unsigned width, ColumnFlags flags, bool is_last,
                       const char *colour) {
        unsigned n = width - cell->width;

        if (flags & COLUMN_RIGHT)
                pad(n);
        if (colour)
                (void) fputs_unlocked(colour, stdout);
        (void) fputs_unlocked(cell->text, stdout);
        if (colour)
                (void) fputs_unlocked("\033[0m", stdout);
        if (!(flags & COLUMN_RIGHT) && !is_last)
                pad(n);
}

static void print_row(const Rows *rows, const Cell *cells, const Column *columns,
                      const unsigned *widths, const char *const *colours) {
        for (size_t i = 0; i < rows->n_columns; i++) {
                bool is_last = i + 1 == rows->n_columns;

                print_cell(cells + i, widths[i], columns[i].flags, is_last,
                           colours ? colours[cells[i].tone] : NULL);
                (void) fputs_unlocked(is_last ? "\n" : SEPARATOR, stdout);
        }
}

int rows_print(const Rows *rows, const Column *columns, bool heads, const char *const *colours) {
        unsigned widths[COLUMNS_MAX] = { 0 };
        bool is_head = heads;

        if (rows->n_columns > COLUMNS_MAX)
                return -EINVAL;

        errno = 0;
        find_widths(rows, widths);
        for (const CellBlock *block = rows->first; block; block = block->next)
                for (size_t i = 0; i < block->n_rows; i++) {
                        print_row(rows, block->cells + i * rows->n_columns, columns, widths,
                                  is_head ? NULL : colours);
                        is_head = false;
                }

        return ferror(stdout) ? (errno > 0 ? -errno : -EIO) : 0;
}
