/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/bad-list.h"
#include "common/cleanup.h"
#include "common/escape.h"

#include <string.h>

static void drop(BadList *list, size_t i) {
        free(list->items[i].file);
        free(list->items[i].what);
        list->n--;
        memmove(&list->items[i], &list->items[i + 1], (list->n - i) * sizeof *list->items);
        list->is_dirty = true;
}

void bad_list_done(BadList *list) {
        while (list->n > 0)
                drop(list, list->n - 1);
}

/* The index of the first one that is not before file. */
static size_t find(const BadList *list, const char *file, bool *ret_is_there) {
        size_t i = 0;

        while (i < list->n && strcmp(list->items[i].file, file) < 0)
                i++;
        *ret_is_there = i < list->n && strcmp(list->items[i].file, file) == 0;
        return i;
}

int bad_list_add(BadList *list, const char *file, uint32_t line, const char *what) {
        _cleanup_free_ char *file_copy = NULL, *what_copy = NULL;
        bool is_there;
        size_t i;

        file_copy = strdup(file);
        what_copy = strdup(what);
        if (!file_copy || !what_copy)
                return -ENOMEM;
        escape_in_place(file_copy);
        escape_in_place(what_copy);

        i = find(list, file_copy, &is_there);
        if (is_there) {
                BadDefinition *bad = &list->items[i];

                bad->is_seen = true;
                if (bad->line == line && strcmp(bad->what, what_copy) == 0)
                        return 0;
                free(bad->what);
                bad->what = TAKE_PTR(what_copy);
                bad->line = line;
                list->is_dirty = true;
                return 1;
        }
        if (list->n == BAD_MAX)
                return 0;

        memmove(&list->items[i + 1], &list->items[i], (list->n - i) * sizeof *list->items);
        list->items[i] = (BadDefinition){
                .file = TAKE_PTR(file_copy),
                .line = line,
                .what = TAKE_PTR(what_copy),
                .is_seen = true,
        };
        list->n++;
        list->is_dirty = true;
        return 1;
}

const BadDefinition *bad_list_find(const BadList *list, const char *file) {
        bool is_there;
        size_t i;

        i = find(list, file, &is_there);
        return is_there ? &list->items[i] : NULL;
}

void bad_list_remove(BadList *list, const char *file) {
        bool is_there;
        size_t i;

        i = find(list, file, &is_there);
        if (is_there)
                drop(list, i);
}

void bad_list_begin(BadList *list) {
        for (size_t i = 0; i < list->n; i++)
                list->items[i].is_seen = false;
}

void bad_list_end(BadList *list) {
        for (size_t i = list->n; i-- > 0;)
                if (!list->items[i].is_seen)
                        drop(list, i);
}
