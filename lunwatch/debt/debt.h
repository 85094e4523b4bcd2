/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is owed: a list of debts, sorted by initiator, LUN and kind. Knows nothing of how they come
 * about.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DebtKind {
        DEBT_MISSING,
        DEBT_OTHER_WWID,
        DEBT_PATHS,
        DEBT_FAILED,
        DEBT_NON_OPTIMISED,
        DEBT_ONE_HBA,
        DEBT_ONE_FABRIC,
        _DEBT_KIND_MAX,
} DebtKind;

/* The words of the bus: "missing", "other-wwid", … */
const char *debt_kind_text(DebtKind kind);

/* More are not listed: by then the words are read by nobody. */
#define DEBTS_MAX 2000U

typedef struct Debt {
        DebtKind kind;
        uint64_t since_usec;
        const char *initiator, *lun, *wwid, *words;
        char key[]; /* "INITIATOR LUN KIND"; the other strings follow it */
} Debt;

/* Zero-initialised, freed by debts_done(). */
typedef struct DebtList {
        Debt **items;
        size_t n_items, n_allocated;
} DebtList;

void debt_list_done(DebtList *list);

/* Appends copies; the list is to be sorted at the end. Nothing beyond DEBTS_MAX. */
int debt_list_add(DebtList *list, DebtKind kind, const char *initiator, const char *lun,
                  const char *wwid, const char *words);

/* By key; of several with the same key one stays. */
void debt_list_sort(DebtList *list);

Debt *debt_list_find(const DebtList *list, const char *key);

/* Whether a reader sees a difference; both are sorted. */
bool debt_list_equals(const DebtList *a, const DebtList *b);
