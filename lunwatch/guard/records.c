/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/records.h"

#include <string.h>

void records_init(Records *records) {
        *records = (Records){ 0 };
        TAILQ_INIT(&records->vanished);
}

static void shard_done(Shard *shard) {
        Record *record = shard_next(shard, NULL);

        while (record) {
                Record *next = shard_next(shard, record);

                record_free(record);
                record = next;
        }
        table_done(&shard->by_key);
}

void records_done(Records *records) {
        for (unsigned i = 0; i < SHARDS; i++)
                shard_done(&records->shards[i]);
}

/*
 * FNV-1a, and the end of MurmurHash3, without which the last letters count for little. Not seeded,
 * since the file that a record lies in must be found again.
 */
unsigned records_shard(RecordKind kind, const char *key) {
        uint64_t hash = 0xcbf29ce484222325ULL ^ kind;

        for (; *key; key++)
                hash = (hash ^ (unsigned char) *key) * 0x100000001b3ULL;

        hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
        return (unsigned) (hash >> 32) % SHARDS;
}

static uint32_t key_hash(RecordKind kind, const char *key) {
        return hash_bytes(key, strlen(key)) ^ kind;
}

Record *records_find(const Records *records, RecordKind kind, const char *key) {
        const Shard *shard = &records->shards[records_shard(kind, key)];
        TableNode *node = table_first(&shard->by_key, key_hash(kind, key));

        for (; node; node = table_next(node)) {
                Record *record = table_owner(node, Record, by_key);

                if (record->kind == kind && strcmp(record_key(record), key) == 0)
                        return record;
        }

        return NULL;
}

static Shard *shard_of(Records *records, const Record *record) {
        return &records->shards[records_shard(record->kind, record_key(record))];
}

int records_add(Records *records, Record *record) {
        Shard *shard = shard_of(records, record);
        int r;

        if (records_find(records, record->kind, record_key(record)))
                return -EEXIST;
        r = table_prepare(&shard->by_key);
        if (r < 0)
                return r;

        table_add(&shard->by_key, &record->by_key, key_hash(record->kind, record_key(record)));
        records->n_quarantined += record->quarantine != NULL;
        return 0;
}

static void set_gone(Records *records, Record *record, uint64_t since_usec) {
        if (record->is_gone) {
                TAILQ_REMOVE(&records->vanished, record, vanished);
                records->n_vanished--;
        }

        record->is_gone = since_usec > 0;
        record->since_usec = since_usec;
        if (record->is_gone) {
                TAILQ_INSERT_TAIL(&records->vanished, record, vanished);
                records->n_vanished++;
        }
}

static void take_out(Records *records, Record *record) {
        if (record->kind != RECORD_DEBT)
                set_gone(records, record, 0);
        records->n_quarantined -= record->quarantine != NULL;
        table_remove(&shard_of(records, record)->by_key, &record->by_key);
}

void records_drop(Records *records, Record *record) {
        records_touch(records, record, false);
        take_out(records, record);
        record_free(record);
}

void records_set_gone(Records *records, Record *record, uint64_t since_usec) {
        set_gone(records, record, since_usec);
        while (records->n_vanished > VANISHED_MAX)
                records_drop(records, TAILQ_FIRST(&records->vanished));
}

static int compare_gone(const void *a, const void *b) {
        const Record *const *x = a, *const *y = b;

        return ((*x)->since_usec > (*y)->since_usec) - ((*x)->since_usec < (*y)->since_usec);
}

/* Everything but debts, the number of them; NULL for array counts only. */
static size_t collect(const Records *records, Record **array) {
        size_t n = 0;

        for (unsigned i = 0; i < SHARDS; i++) {
                const Shard *shard = &records->shards[i];

                for (Record *record = shard_next(shard, NULL); record;
                     record = shard_next(shard, record)) {
                        if (record->kind == RECORD_DEBT)
                                continue;
                        if (array)
                                array[n] = record;
                        n++;
                }
        }

        return n;
}

int records_set_all_gone(Records *records, uint64_t now_usec) {
        _cleanup_free_ Record **array = NULL;
        size_t n = collect(records, NULL);

        array = calloc(n + 1, sizeof *array);
        if (!array)
                return -ENOMEM;
        (void) collect(records, array);
        for (size_t i = 0; i < n; i++)
                if (array[i]->since_usec == 0 || array[i]->since_usec > now_usec)
                        array[i]->since_usec = now_usec;
        qsort(array, n, sizeof *array, compare_gone);
        for (size_t i = 0; i < n; i++)
                set_gone(records, array[i], array[i]->since_usec);

        return 0;
}

int records_suspect(Records *records, Record *record, Suspicion suspicion, const Identity *now,
                    uint64_t now_usec) {
        bool is_first = !record->quarantine;
        int r;

        r = record_suspect(record, suspicion, now, now_usec);
        if (r < 0)
                return r;

        records->n_quarantined += is_first;
        records_touch(records, record, true);
        return 0;
}

int records_learn(Records *records, Record *record, const Identity *identity, bool is_urgent,
                  Record **ret) {
        uint64_t gone_usec = record->is_gone ? record->since_usec : 0;
        Record *learnt;
        int r;

        r = record_new(record->kind, record_key(record), identity, &learnt);
        if (r < 0)
                return r;

        take_out(records, record);
        record_free(record);
        /* The table is there, and the key has just left it. */
        (void) records_add(records, learnt);
        if (gone_usec > 0)
                records_set_gone(records, learnt, gone_usec);
        records_touch(records, learnt, is_urgent);
        *ret = learnt;
        return 0;
}

void records_touch(Records *records, const Record *record, bool is_urgent) {
        Shard *shard = shard_of(records, record);

        records->n_dirty += !shard->is_dirty;
        records->n_urgent += is_urgent && !shard->is_urgent;
        shard->is_dirty = true;
        shard->is_urgent = shard->is_urgent || is_urgent;
}

void records_clean(Records *records, Shard *shard) {
        records->n_dirty -= shard->is_dirty;
        records->n_urgent -= shard->is_urgent;
        shard->is_dirty = shard->is_urgent = false;
}

static Record *first_from(const Shard *shard, uint32_t bucket) {
        for (; bucket < shard->by_key.n_buckets; bucket++)
                if (shard->by_key.buckets[bucket])
                        return table_owner(shard->by_key.buckets[bucket], Record, by_key);

        return NULL;
}

Record *shard_next(const Shard *shard, const Record *record) {
        if (!record)
                return first_from(shard, 0);
        if (record->by_key.next)
                return table_owner(record->by_key.next, Record, by_key);

        return first_from(shard, (record->by_key.hash & (shard->by_key.n_buckets - 1)) + 1);
}
