/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All records, found by kind and key. They lie in shards of about the same number, each of which
 * becomes one file: a change makes its shard dirty, and to write one shard takes well under a
 * millisecond where to write everything would take ten. Knows no files.
 */

#include "lunwatch/guard/record.h"

#define SHARDS 64U

/* Remembered without being there: beyond that many the oldest is forgotten. */
#define VANISHED_MAX 65536U

typedef struct Shard {
        Table by_key;
        bool is_dirty;  /* to be written some time soon */
        bool is_urgent; /* to be written next */
} Shard;

typedef struct Records {
        Shard shards[SHARDS];
        TAILQ_HEAD(, Record) vanished; /* oldest first */
        size_t n_vanished, n_quarantined;
        unsigned n_dirty, n_urgent; /* shards */
} Records;

void records_init(Records *records);
void records_done(Records *records);

/* Which shard a record lies in: the same in every process. */
unsigned records_shard(RecordKind kind, const char *key);

Record *records_find(const Records *records, RecordKind kind, const char *key);

/* Takes the record over; -EEXIST when there is one of that kind and key. Does not make it dirty. */
int records_add(Records *records, Record *record);

/* Forgets it. */
void records_drop(Records *records, Record *record);

/* It is gone since then, or (0) there again. Never for debts. */
void records_set_gone(Records *records, Record *record, uint64_t since_usec);

/*
 * Nothing is there until it is seen: what has just been read from files. Forgets none, however many
 * they are, since most of them will be seen. -ENOMEM.
 */
int records_set_all_gone(Records *records, uint64_t now_usec);

/* See record_suspect(). */
int records_suspect(Records *records, Record *record, Suspicion suspicion, const Identity *now,
                    uint64_t now_usec);

/*
 * Its identity is this one, and it is not in quarantine. The record is replaced by a new one; on
 * failure nothing has changed.
 */
int records_learn(Records *records, Record *record, const Identity *identity, bool is_urgent,
                  Record **ret);

/* The record will be in the file, or no longer: at the next occasion, or before anything else. */
void records_touch(Records *records, const Record *record, bool is_urgent);

/* It has been written. */
void records_clean(Records *records, Shard *shard);

/* All of one shard, in no particular order; NULL for the first, NULL at the end. */
Record *shard_next(const Shard *shard, const Record *record);
