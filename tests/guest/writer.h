/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes to one disk, in a thread of its own, at a given rate: runs of signed blocks at random
 * places, now and then zeroes, now and then a flush. Counts what fails, and knows for how long no
 * write was completed. Clocks stand still with the guest, so a guest that is stopped has no gap.
 */

#include "tests/guest/disk.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct Writer {
        Disk *disk; /* borrowed; only under lock */
        pthread_t thread;
        pthread_mutex_t lock; /* held while a write is on its way */
        pthread_cond_t changed;
        uint64_t rate; /* bytes a second; 0: none */
        uint64_t next_usec;
        uint64_t random;
        bool is_ended;

        atomic_bool is_wanted; /* somebody waits for the lock: they come first */
        atomic_uint_fast64_t n_writes, n_bytes, n_errors;
        atomic_uint_fast64_t last_usec; /* when the last write was completed; 0: none is due */
        atomic_uint_fast64_t gap_usec;
} Writer;

typedef struct WriterStatus {
        uint64_t n_writes, n_bytes, n_errors;
        uint64_t gap_usec; /* the longest time without a completed write, also one that goes on */
} WriterStatus;

/* Writes nothing until it has a rate. A negative errno if there can be no thread. */
int writer_start(Writer *writer, Disk *disk);
void writer_end(Writer *writer);

/* Has the disk to itself: returns once the write that is on its way is completed. */
void writer_lock(Writer *writer);
void writer_unlock(Writer *writer);

/* Under the lock. */
void writer_set_rate(Writer *writer, uint64_t bytes_per_second);

/* At any time; these wait for nothing. */
WriterStatus writer_status(const Writer *writer);
void writer_forget_gap(Writer *writer);
