/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/store.h"

#include "common/file.h"
#include "common/log.h"

#include <inttypes.h>
#include <string.h>

#define HEADER "npivot-lunwatch 1"
#define FOOTER "end\t"
#define NAME_MAX_LENGTH 32

typedef char FileName[NAME_MAX_LENGTH];

static const char *file_name(unsigned shard, FileName ret) {
        (void) snprintf(ret, NAME_MAX_LENGTH, "identities-%02x", shard);
        return ret;
}

int store_open(Store *store, int dir_fd, Records *records) {
        *store = (Store){ .dir_fd = dir_fd, .records = records };

        return dir_fd < 0 ? 0 : file_remove_leftovers(dir_fd);
}

static int parse_record(char *line, unsigned shard, Records *records) {
        _cleanup_(record_freep) Record *record = NULL;
        int r;

        r = record_parse(line, &record);
        if (r < 0)
                return r;
        if (records_shard(record->kind, record_key(record)) != shard)
                return -EBADMSG;
        r = records_add(records, record);
        if (r < 0)
                return r == -EEXIST ? -EBADMSG : r;

        (void) TAKE_PTR(record);
        return 0;
}

int store_parse(char *text, size_t size, unsigned shard, Records *records) {
        char footer[sizeof FOOTER + 24], *line;
        size_t n = 0;
        int r;

        /* Every line has its end, and no NUL hides a part of one. */
        if (size == 0 || text[size - 1] != '\n' || memchr(text, '\0', size))
                return -EBADMSG;
        text[size - 1] = '\0';

        line = strsep(&text, "\n");
        if (strcmp(line, HEADER) != 0)
                return -EBADMSG;
        while ((line = strsep(&text, "\n")) && text) {
                r = parse_record(line, shard, records);
                if (r < 0)
                        return r;
                n++;
        }

        (void) snprintf(footer, sizeof footer, FOOTER "%zu", n);
        return line && strcmp(line, footer) == 0 ? 0 : -EBADMSG;
}

static void empty_shard(Records *records, Shard *shard) {
        Record *record;

        while ((record = shard_next(shard, NULL)))
                records_drop(records, record);
        records_clean(records, shard);
}

/* Not deleted: somebody may want to know what it was. */
static void keep_aside(const Store *store, const char *name, int error) {
        char aside[NAME_MAX_LENGTH + 8];

        (void) snprintf(aside, sizeof aside, "%s.bad", name);
        log_warning_errno(error,
                          "Cannot use the remembered identities in %s, keeping it as %s: what is "
                          "seen now is taken for what it was: %m",
                          name, aside);
        if (renameat(store->dir_fd, name, store->dir_fd, aside) < 0)
                log_warning_errno(errno, "Cannot rename %s: %m", name);
}

static int load_shard(Store *store, unsigned i) {
        Shard *shard = &store->records->shards[i];
        _cleanup_free_ char *text = NULL;
        FileName name;
        size_t size;
        int r;

        r = file_read(store->dir_fd, file_name(i, name), STORE_FILE_MAX, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = store_parse(text, size, i, store->records);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                empty_shard(store->records, shard);
                keep_aside(store, name, r);
        }

        return 0;
}

int store_load(Store *store, uint64_t now_usec) {
        if (store->dir_fd < 0)
                return 0;
        for (unsigned i = 0; i < SHARDS; i++) {
                int r;

                r = load_shard(store, i);
                if (r < 0)
                        return r;
        }

        return records_set_all_gone(store->records, now_usec);
}

static size_t count_records(const Shard *shard) {
        return shard->by_key.n_nodes;
}

static int format_shard(const Shard *shard, char **ret, size_t *ret_size) {
        size_t n_allocated = 256 + count_records(shard) * 128, size;
        _cleanup_free_ char *text = malloc(n_allocated + RECORD_LINE_MAX);

        if (!text)
                return -ENOMEM;
        size = (size_t) sprintf(text, HEADER "\n");
        for (const Record *record = shard_next(shard, NULL); record;
             record = shard_next(shard, record)) {
                if (size >= n_allocated) {
                        char *more = realloc(text, 2 * n_allocated + RECORD_LINE_MAX);

                        if (!more)
                                return -ENOMEM;
                        text = more;
                        n_allocated *= 2;
                }
                size += record_format(record, text + size);
                text[size++] = '\n';
        }
        size += (size_t) sprintf(text + size, FOOTER "%zu\n", count_records(shard));

        *ret = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

static int write_shard(Store *store, unsigned i) {
        _cleanup_free_ char *text = NULL;
        FileName name;
        size_t size;
        int r;

        r = format_shard(&store->records->shards[i], &text, &size);
        if (r < 0)
                return r;
        r = file_write_atomic(store->dir_fd, file_name(i, name), text, size, 0600);

        /* In place, and a power cut takes all of /run anyway. */
        return r == -EINPROGRESS ? 0 : r;
}

static int next_urgent(Store *store) {
        for (unsigned i = 0; store->records->n_urgent > 0 && i < SHARDS; i++) {
                unsigned shard = store->urgent_at++ % SHARDS;

                if (store->records->shards[shard].is_urgent)
                        return (int) shard;
        }

        return -1;
}

/* Each at most once a round, so that a storm costs what a round costs. */
static int next_dirty(Store *store) {
        while (store->n_round > 0) {
                unsigned shard = --store->n_round;

                if (store->records->shards[shard].is_dirty)
                        return (int) shard;
        }

        return -1;
}

static int write_next(Store *store) {
        int i = next_urgent(store), r;

        if (i < 0)
                i = next_dirty(store);
        if (i < 0)
                return 0;

        r = write_shard(store, (unsigned) i);
        if (r < 0)
                return r;

        records_clean(store->records, &store->records->shards[i]);
        return 1;
}

int store_write_all(Store *store) {
        int r;

        if (store->dir_fd < 0)
                return 0;

        store->n_round = SHARDS;
        do
                r = write_next(store);
        while (r > 0);

        return r;
}

/* Says it once, not every five seconds. */
static void report(Store *store, int r) {
        if (r < 0 && !store->is_failing)
                log_warning_errno(r,
                                  "Cannot remember the identities of LUNs over a restart, will try "
                                  "again: %m");
        store->is_failing = r < 0;
}

static void write_later(Store *store) {
        uint64_t usec = store->is_failing ? STORE_RETRY_USEC : STORE_DELAY_USEC;
        int enabled = SD_EVENT_OFF, r;

        r = sd_event_source_get_enabled(store->timer, &enabled);
        if (r >= 0 && enabled != SD_EVENT_OFF)
                return;
        if (r >= 0)
                r = sd_event_source_set_time_relative(store->timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(store->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                report(store, r);
}

static int on_turn(sd_event_source *source, void *userdata) {
        Store *store = userdata;
        int r;

        r = write_next(store);
        if (r != 0)
                report(store, r);
        if (r > 0)
                return 0;

        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (store->records->n_dirty > 0)
                write_later(store);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Store *store = userdata;

        store->n_round = SHARDS;
        return sd_event_source_set_enabled(store->turn, SD_EVENT_ON);
}

int store_attach(Store *store, sd_event *event) {
        int r;

        if (store->dir_fd < 0)
                return 0;

        r = sd_event_add_defer(event, &store->turn, on_turn, store);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(store->turn, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &store->timer, CLOCK_MONOTONIC, STORE_DELAY_USEC,
                                       STORE_DELAY_USEC / 10, on_timer, store);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(store->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        store_check(store);
        return 0;
}

void store_check(Store *store) {
        const Records *records = store->records;

        if (!store->turn || records->n_dirty == 0)
                return;
        if (records->n_urgent > 0 && !store->is_failing)
                (void) sd_event_source_set_enabled(store->turn, SD_EVENT_ON);
        else
                write_later(store);
}

void store_done(Store *store) {
        int r;

        r = store_write_all(store);
        if (r < 0)
                report(store, r);
        store->timer = sd_event_source_disable_unref(store->timer);
        store->turn = sd_event_source_disable_unref(store->turn);
        if (store->dir_fd >= 0)
                (void) close(store->dir_fd);
        store->dir_fd = -EBADF;
}
