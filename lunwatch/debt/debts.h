/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Path debt, kept up to date: looks at everything again a while after something has changed, a
 * little in each turn of the event loop, and remembers since when each debt is one, also over a
 * restart.
 */

#include "lunwatch/debt/rules.h"
#include "lunwatch/debt/vhbad-client.h"
#include "lunwatch/guard/guard.h"
#include "lunwatch/path/inventory.h"

/* From the first change to the look. */
#define DEBTS_DELAY_USEC (500 * 1000ULL)

/* Paths looked at in one turn. */
#define DEBTS_SLICE 500U

/* HBAs come, go and change their state without a word to us. */
#define DEBTS_HBAS_USEC (5 * 1000 * 1000ULL)

/* A round during which something has changed is begun anew, that often. */
#define DEBTS_RESTARTS_MAX 3U

typedef struct Debts {
        DebtList list;                                            /* what is owed */
        const char *(*checker)(void *userdata, const Path *path); /* see rules.h */
        void *checker_userdata;

        const Inventory *inventory; /* borrowed */
        Guard *guard;               /* borrowed: its records hold since when */
        void (*changed)(void *userdata);
        void *userdata;

        VhbadClient vhbad;
        HbaList hbas;
        bool has_swept; /* what earlier lives remember and is paid was forgotten */

        /* The round. */
        DebtList next;
        size_t vhba_at;
        PathKey path_at;
        bool has_path_at, is_running, is_stale;
        unsigned n_restarts;
        sd_event_source *timer, *turn, *hbas_timer;
} Debts;

/* changed is called whenever the list is another. Start from Debts debts = { 0 }. */
int debts_start(Debts *debts, sd_bus *bus, const Inventory *inventory, Guard *guard,
                void (*changed)(void *userdata), void *userdata);
void debts_done(Debts *debts);

/* Paths have changed, or what else the rules look at. */
void debts_check(Debts *debts);
