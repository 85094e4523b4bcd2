/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The identity guard (CVE-2023-2088): a LUN that is suddenly another one under the same path, or a
 * map that is under the same name, is put into quarantine until somebody releases it. Knows names
 * and identities; what a path is, is path-guard's business, and who refuses what is in quarantine,
 * the index's.
 *
 * What was known first under a name stays what it must be: also when the device vanishes with its
 * port and comes back, and over a restart. It is forgotten when the device was removed on purpose.
 */

#include "lunwatch/guard/store.h"

/* Messages in the log in so long a time: a whole array that changes must not fill it. */
#define GUARD_LOGGED_MAX 50U
#define GUARD_LOGGED_USEC (10 * 1000 * 1000ULL)

typedef struct Guard {
        Records records;
        Store store;
        unsigned n_logged, n_unlogged;
        uint64_t logged_usec; /* CLOCK_MONOTONIC: when that time began */
} Guard;

/*
 * Reads what an earlier lunwatch knew. dir_fd as for store_open(). Start from
 * Guard guard = { .store.dir_fd = -EBADF }.
 */
int guard_open(Guard *guard, int dir_fd);
void guard_done(Guard *guard);

/*
 * The directory that systemd gives to the service. -ENOENT for a lunwatch that is run by hand: it
 * must not write where the service does.
 */
int guard_open_dir(void);

/*
 * Whether what is seen under this name is what it was. A part that is not known (yet, or just now)
 * is no change. `wwpn` is for the log, or NULL.
 */
Suspicion guard_judge(Guard *guard, RecordKind kind, const char *key, const Identity *seen,
                      const char *wwpn);

/* It is there no longer; deliberate: somebody removed it, while it could have stayed. */
void guard_gone(Guard *guard, RecordKind kind, const char *key, bool is_deliberate);

/* Releases it: what it shows now is what it must be from now on. */
int guard_release(Guard *guard, Record *record);

/* To be called after some of these, once for many: says how many were not logged one by one. */
void guard_check(Guard *guard);

/* Whether one more message may go to the log now. */
bool guard_may_log(Guard *guard, uint64_t now_usec);

/* How many were kept out of the log, once their time is over; 0 before, and when there were none.
 */
unsigned guard_take_unlogged(Guard *guard, uint64_t now_usec);
