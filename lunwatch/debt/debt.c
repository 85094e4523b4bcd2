/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/debt.h"

#include <string.h>

const char *debt_kind_text(DebtKind kind) {
        static const char *const words[_DEBT_KIND_MAX] = {
                [DEBT_MISSING] = "missing",
                [DEBT_OTHER_WWID] = "other-wwid",
                [DEBT_PATHS] = "paths",
                [DEBT_FAILED] = "failed",
                [DEBT_NON_OPTIMISED] = "non-optimised",
                [DEBT_ONE_HBA] = "one-hba",
                [DEBT_ONE_FABRIC] = "one-fabric",
        };

        return words[kind];
}

void debt_list_done(DebtList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                free(list->items[i]);
        free(list->items);
        *list = (DebtList){ 0 };
}

static int reserve(DebtList *list) {
        size_t n = list->n_allocated ? 2 * list->n_allocated : 16;
        Debt **items;

        if (list->n_items < list->n_allocated)
                return 0;
        items = reallocarray(list->items, n, sizeof *items);
        if (!items)
                return -ENOMEM;

        list->items = items;
        list->n_allocated = n;
        return 0;
}

/* Copies the string to *end, which moves on. */
static const char *pack(char **end, const char *s) {
        char *begin = *end;

        *end = stpcpy(begin, s) + 1;
        return begin;
}

int debt_list_add(DebtList *list, DebtKind kind, const char *initiator, const char *lun,
                  const char *wwid, const char *words) {
        size_t key_size = strlen(initiator) + strlen(lun) + strlen(debt_kind_text(kind)) + 3;
        size_t size = key_size + strlen(initiator) + strlen(lun) + strlen(wwid) + strlen(words) + 4;
        char *end;
        Debt *debt;
        int r;

        if (list->n_items == DEBTS_MAX)
                return 0;
        r = reserve(list);
        if (r < 0)
                return r;
        debt = malloc(sizeof *debt + size);
        if (!debt)
                return -ENOMEM;

        end = debt->key + key_size;
        *debt = (Debt){
                .kind = kind,
                .initiator = pack(&end, initiator),
                .lun = pack(&end, lun),
                .wwid = pack(&end, wwid),
                .words = pack(&end, words),
        };
        (void) snprintf(debt->key, key_size, "%s %s %s", initiator, lun, debt_kind_text(kind));
        list->items[list->n_items++] = debt;
        return 1;
}

static int compare(const void *a, const void *b) {
        const Debt *const *x = a, *const *y = b;

        return strcmp((*x)->key, (*y)->key);
}

void debt_list_sort(DebtList *list) {
        size_t n = 0;

        if (list->n_items == 0)
                return;

        qsort(list->items, list->n_items, sizeof *list->items, compare);
        for (size_t i = 0; i < list->n_items; i++)
                if (n > 0 && strcmp(list->items[n - 1]->key, list->items[i]->key) == 0)
                        free(list->items[i]);
                else
                        list->items[n++] = list->items[i];
        list->n_items = n;
}

Debt *debt_list_find(const DebtList *list, const char *key) {
        size_t begin = 0, end = list->n_items;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;
                int order = strcmp(list->items[middle]->key, key);

                if (order == 0)
                        return list->items[middle];
                if (order < 0)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return NULL;
}

bool debt_list_equals(const DebtList *a, const DebtList *b) {
        if (a->n_items != b->n_items)
                return false;
        for (size_t i = 0; i < a->n_items; i++)
                if (strcmp(a->items[i]->key, b->items[i]->key) != 0 ||
                    strcmp(a->items[i]->wwid, b->items[i]->wwid) != 0 ||
                    strcmp(a->items[i]->words, b->items[i]->words) != 0)
                        return false;

        return true;
}
