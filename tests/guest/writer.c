/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/guest/writer.h"

#include <errno.h>
#include <time.h>

#define USEC_PER_SEC 1000000ULL
/* Of so many operations one is a flush, and another one writes zeroes. */
#define FLUSH_EVERY 64
#define ZERO_EVERY 16

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

static uint64_t draw(Writer *writer, uint64_t n) {
        writer->random ^= writer->random << 13;
        writer->random ^= writer->random >> 7;
        writer->random ^= writer->random << 17;
        return writer->random % n;
}

static uint64_t gap_now(const Writer *writer) {
        uint64_t last = writer->last_usec, now = now_usec();

        return last > 0 && now > last ? now - last : 0;
}

static void completed(Writer *writer, int r, uint64_t n_blocks) {
        uint64_t gap = gap_now(writer);

        if (r < 0)
                writer->n_errors++;
        if (gap > writer->gap_usec)
                writer->gap_usec = gap;
        writer->last_usec = now_usec();
        writer->n_writes++;
        writer->n_bytes += n_blocks * BLOCK_BYTES;
}

static void write_once(Writer *writer) {
        uint64_t n = 1 + draw(writer, DISK_WRITE_MAX), i = writer->n_writes + 1;
        uint64_t block = 1 + draw(writer, writer->disk->n_blocks - n);
        int r;

        if (i % FLUSH_EVERY == 0 && disk_flush(writer->disk) < 0)
                writer->n_errors++;
        if (i % ZERO_EVERY == 0)
                r = disk_zero(writer->disk, block, n);
        else
                r = disk_write(writer->disk, block, n);
        completed(writer, r, n);

        /* What was missed while the disk was slow is not made up for. */
        writer->next_usec += n * BLOCK_BYTES * USEC_PER_SEC / writer->rate;
        if (writer->next_usec + USEC_PER_SEC / 10 < now_usec())
                writer->next_usec = now_usec();
}

static void wait_until(Writer *writer, uint64_t usec) {
        const struct timespec ts = {
                .tv_sec = (time_t) (usec / USEC_PER_SEC),
                .tv_nsec = (long) (usec % USEC_PER_SEC * 1000),
        };

        (void) pthread_cond_timedwait(&writer->changed, &writer->lock, &ts);
}

static void *run(void *userdata) {
        Writer *writer = userdata;

        (void) pthread_mutex_lock(&writer->lock);
        while (!writer->is_ended) {
                if (writer->rate == 0 || writer->is_wanted)
                        (void) pthread_cond_wait(&writer->changed, &writer->lock);
                else if (now_usec() < writer->next_usec)
                        wait_until(writer, writer->next_usec);
                else
                        write_once(writer);
        }
        (void) pthread_mutex_unlock(&writer->lock);
        return NULL;
}

int writer_start(Writer *writer, Disk *disk) {
        pthread_condattr_t attributes;

        *writer = (Writer){ .disk = disk, .random = 88172645463325252ULL + disk->number };
        (void) pthread_mutex_init(&writer->lock, NULL);
        (void) pthread_condattr_init(&attributes);
        (void) pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        (void) pthread_cond_init(&writer->changed, &attributes);
        (void) pthread_condattr_destroy(&attributes);
        return -pthread_create(&writer->thread, NULL, run, writer);
}

void writer_end(Writer *writer) {
        writer_lock(writer);
        writer->is_ended = true;
        writer_unlock(writer);
        (void) pthread_join(writer->thread, NULL);
        (void) pthread_cond_destroy(&writer->changed);
        (void) pthread_mutex_destroy(&writer->lock);
}

void writer_lock(Writer *writer) {
        writer->is_wanted = true;
        (void) pthread_mutex_lock(&writer->lock);
}

/* The time for which it was kept from writing is no gap. */
void writer_unlock(Writer *writer) {
        writer->is_wanted = false;
        writer->next_usec = now_usec();
        writer->last_usec = writer->rate > 0 ? writer->next_usec : 0;
        (void) pthread_cond_broadcast(&writer->changed);
        (void) pthread_mutex_unlock(&writer->lock);
}

void writer_set_rate(Writer *writer, uint64_t bytes_per_second) {
        writer->rate = bytes_per_second;
}

WriterStatus writer_status(const Writer *writer) {
        uint64_t gap = gap_now(writer);

        return (WriterStatus){
                .n_writes = writer->n_writes,
                .n_bytes = writer->n_bytes,
                .n_errors = writer->n_errors,
                .gap_usec = gap > writer->gap_usec ? gap : writer->gap_usec,
        };
}

void writer_forget_gap(Writer *writer) {
        writer->gap_usec = 0;
}
