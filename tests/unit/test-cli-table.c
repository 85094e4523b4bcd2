/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table.h"

#include <assert.h>
#include <locale.h>
#include <string.h>

static const Column columns[] = { { "NAME", COLUMN_LEFT }, { "N", COLUMN_RIGHT } };

/* What the table prints; stdout goes to a file meanwhile. */
static const char *printed(Table *table, char *buf, size_t size) {
        FILE *file = tmpfile();
        int saved = dup(STDOUT_FILENO);
        size_t n;

        assert(file && saved >= 0);
        (void) fflush(stdout);
        assert(dup2(fileno(file), STDOUT_FILENO) >= 0);
        assert(table_print(table) == 0);
        assert(dup2(saved, STDOUT_FILENO) >= 0);
        (void) close(saved);

        rewind(file);
        n = fread(buf, 1, size - 1, file);
        buf[n] = '\0';
        (void) fclose(file);
        return buf;
}

static void add(Table *table, const char *name, unsigned n) {
        Row *row = table_add_row(table, NULL);

        table_set(table, row, 0, TONE_PLAIN, name);
        table_setf(table, row, 1, TONE_GOOD, "%u", n);
}

static void test_columns_are_as_wide_as_what_is_in_them(void) {
        _cleanup_(table_freep) Table *table = NULL;
        char buf[256];

        assert(table_new(columns, ARRAY_LEN(columns), true, &table) == 0);
        add(table, "longer", 7);
        add(table, "", 1234);
        assert(strcmp(printed(table, buf, sizeof buf), "NAME       N\n"
                                                       "longer     7\n"
                                                       "-       1234\n") == 0);
}

static void test_text_from_outside_moves_no_column(void) {
        _cleanup_(table_freep) Table *table = NULL;
        char buf[256];

        assert(table_new(columns, ARRAY_LEN(columns), false, &table) == 0);
        add(table, "a\n\033b", 1);
        if (setlocale(LC_CTYPE, "C.UTF-8")) {
                add(table, "grün", 2);
                assert(strcmp(printed(table, buf, sizeof buf), "a??b  1\ngrün  2\n") == 0);
        }
        assert(setlocale(LC_CTYPE, "C"));
}

static void test_what_the_locale_cannot_show_is_replaced(void) {
        _cleanup_(table_freep) Table *table = NULL;
        char buf[256];

        assert(table_new(columns, ARRAY_LEN(columns), false, &table) == 0);
        add(table, "gr\xc3\xbcn", 2);
        assert(strcmp(printed(table, buf, sizeof buf), "gr??n  2\n") == 0);
}

static void test_a_table_of_nothing_prints_no_heads(void) {
        _cleanup_(table_freep) Table *table = NULL;
        char buf[256];

        assert(table_new(columns, ARRAY_LEN(columns), true, &table) == 0);
        assert(table_is_empty(table));
        assert(strcmp(printed(table, buf, sizeof buf), "") == 0);
}

static void test_rows_stay_where_they_are(void) {
        _cleanup_(table_freep) Table *table = NULL;
        _cleanup_free_ char *longest = calloc(1, 70000);
        char buf[256];
        Row *first;

        assert(longest && table_new(columns, ARRAY_LEN(columns), false, &table) == 0);
        first = table_add_row(table, NULL);
        for (unsigned i = 0; i < 600; i++)
                add(table, "x", i);
        memset(longest, 'y', 69999);
        table_setf(table, first, 0, TONE_PLAIN, "%s", longest);
        assert(printed(table, buf, sizeof buf)[0] == 'y');
}

int main(void) {
        test_columns_are_as_wide_as_what_is_in_them();
        test_text_from_outside_moves_no_column();
        test_what_the_locale_cannot_show_is_replaced();
        test_a_table_of_nothing_prints_no_heads();
        test_rows_stay_where_they_are();

        return EXIT_SUCCESS;
}
