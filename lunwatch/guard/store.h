/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The records in a directory, one file a shard, so that they survive lunwatch. Each file is written
 * atomically and as a whole, one a turn of the event loop; it begins with its format's version and
 * ends with a count, and one that is anything else is kept aside and not believed.
 */

#include "lunwatch/guard/records.h"

#include <systemd/sd-event.h>

/* A new identity is in its file after this; a quarantine as soon as the loop turns. */
#define STORE_DELAY_USEC (500 * 1000ULL)
#define STORE_RETRY_USEC (5 * 1000 * 1000ULL)

/* Some 30,000 records: two million of them altogether. */
#define STORE_FILE_MAX (4U * 1024 * 1024)

typedef struct Store {
        int dir_fd;
        Records *records; /* borrowed */
        sd_event_source *timer, *turn;
        unsigned n_round;   /* shards not yet looked at in this round */
        unsigned urgent_at; /* where to look for the next urgent one */
        bool is_failing;
} Store;

/* dir_fd is taken over; -EBADF: nothing is read or written, and all is forgotten at the end. */
int store_open(Store *store, int dir_fd, Records *records);

/* Start from Store store = { .dir_fd = -EBADF }. Writes what is dirty. */
void store_done(Store *store);

/*
 * Reads every file into the records, which are empty. A bad file is renamed to NAME.bad, and said.
 * < 0 only when there is no memory.
 */
int store_load(Store *store, uint64_t now_usec);

/* From now on dirty records are written by the loop; see store_check(). */
int store_attach(Store *store, sd_event *event);

/* To be called when records have changed. */
void store_check(Store *store);

/* Writes everything that is dirty, now. */
int store_write_all(Store *store);

/* Parses a file and adds its records; writes into the text. -EBADMSG, and then some are added. */
int store_parse(char *text, size_t size, unsigned shard, Records *records);
