/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/store.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NOW 1700000000000000ULL
#define WWID "naa.6001405000000010000400080000000"

typedef struct Bench {
        char dir[64];
        Records records;
        Store store;
} Bench;

static void bench_load(Bench *bench) {
        records_init(&bench->records);
        assert(store_open(&bench->store, open(bench->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                          &bench->records) >= 0);
        assert(store_load(&bench->store, NOW) >= 0);
}

static void bench_open(Bench *bench) {
        (void) strcpy(bench->dir, "/tmp/test-guard-store.XXXXXX");
        assert(mkdtemp(bench->dir));
        bench_load(bench);
}

static void bench_unload(Bench *bench) {
        store_done(&bench->store);
        records_done(&bench->records);
}

static void bench_restart(Bench *bench) {
        bench_unload(bench);
        bench_load(bench);
}

static void bench_done(Bench *bench) {
        char command[128];

        bench_unload(bench);
        (void) snprintf(command, sizeof command, "rm -r %s", bench->dir);
        assert(system(command) == 0);
}

static Record *add(Bench *bench, RecordKind kind, const char *key, const char *wwid,
                   uint64_t size_bytes) {
        Record *record;

        assert(record_new(kind, key, &(Identity){ wwid, size_bytes }, &record) == 0);
        assert(records_add(&bench->records, record) == 0);
        records_touch(&bench->records, record, false);
        return record;
}

static void add_many(Bench *bench, unsigned n) {
        char key[64], wwid[64];

        for (unsigned i = 0; i < n; i++) {
                (void) snprintf(key, sizeof key, "2101001b32a90004-500507680b%06x-lun-%u", i / 100,
                                i % 100);
                (void) snprintf(wwid, sizeof wwid, "naa.6001405%025x", i);
                (void) add(bench, RECORD_PATH, key, wwid, 10ULL << 30);
        }
}

static void test_what_is_written_is_read(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        Record *record;

        bench_open(&bench);
        (void) add(&bench, RECORD_PATH, "a-b-lun-0", WWID "a", 1 << 20);
        (void) add(&bench, RECORD_PATH, "a-b-lun-1", "", 1 << 20);
        record = add(&bench, RECORD_MAP, "a-b-lun-0", "mpath-3600", 5);
        assert(records_suspect(&bench.records, record, SUSPICION_SIZE,
                               &(Identity){ "mpath-3600", 6 }, NOW - 9) == 0);
        record = add(&bench, RECORD_DEBT, "i 0 missing", "", 0);
        record->since_usec = NOW - 7;
        bench_restart(&bench);

        record = records_find(&bench.records, RECORD_PATH, "a-b-lun-0");
        assert(record && strcmp(record_then(record).wwid, WWID "a") == 0 && !record->quarantine);
        assert(record_then(record).size_bytes == 1 << 20 && record->is_gone);
        assert(strcmp(record_then(records_find(&bench.records, RECORD_PATH, "a-b-lun-1")).wwid,
                      "") == 0);
        record = records_find(&bench.records, RECORD_MAP, "a-b-lun-0");
        assert(record->quarantine->suspicion == SUSPICION_SIZE);
        assert(record->quarantine->since_usec == NOW - 9);
        assert(record_then(record).size_bytes == 5 && record_now(record).size_bytes == 6);
        assert(records_find(&bench.records, RECORD_DEBT, "i 0 missing")->since_usec == NOW - 7);
        assert(bench.records.n_quarantined == 1 && bench.records.n_vanished == 3);
        assert(bench.records.n_dirty == 0);
}

static void test_what_is_dropped_stays_dropped(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) add(&bench, RECORD_PATH, "a-b-lun-0", WWID "a", 1);
        bench_restart(&bench);
        records_drop(&bench.records, records_find(&bench.records, RECORD_PATH, "a-b-lun-0"));
        bench_restart(&bench);
        assert(!records_find(&bench.records, RECORD_PATH, "a-b-lun-0"));
}

static void test_text_that_would_break_a_line_is_refused(void) {
        static const char *const bad[] = { "", "a\tb", "a\nb", "\x80", "a\x7f" };
        char longer[RECORD_KEY_MAX + 2];
        Record *record;

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(record_new(RECORD_PATH, bad[i], &(Identity){ "", 0 }, &record) == -EINVAL);
        assert(record_new(RECORD_PATH, "a", &(Identity){ "\n", 0 }, &record) == -EINVAL);
        (void) memset(longer, 'a', sizeof longer);
        longer[sizeof longer - 1] = '\0';
        assert(record_new(RECORD_PATH, longer, &(Identity){ "", 0 }, &record) == -EINVAL);
}

static int parse(const char *text, size_t size) {
        _cleanup_free_ char *copy = malloc(size + 1);
        Records records;
        int r;

        memcpy(copy, text, size);
        copy[size] = '\0';
        records_init(&records);
        r = store_parse(copy, size, records_shard(RECORD_PATH, "a"), &records);
        records_done(&records);
        return r;
}

static void test_a_file_cut_anywhere_is_refused(void) {
        static const char text[] = "npivot-lunwatch 1\n"
                                   "path\ta\tnaa.6001\t5\t0\twwid-changed\t7\tnaa.6002\t5\n"
                                   "end\t1\n";

        assert(parse(text, strlen(text)) == 0);
        for (size_t size = 0; size < strlen(text); size++)
                assert(parse(text, size) == -EBADMSG);
}

static void test_anything_but_our_lines_is_refused(void) {
        static const char *const bad[] = {
                "npivot-lunwatch 2\nend\t0\n",
                "npivot-lunwatch 1\n\nend\t0\n",
                "npivot-lunwatch 1\nend\t0\n\n",
                "npivot-lunwatch 1\nend\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\t0\nend\t2\n",
                "npivot-lunwatch 1\npath\ta\tx\t05\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t-5\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t18446744073709551616\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\t0\t\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\t0\tsize\t1\tx\t6\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\t0\tsize-changed\t1\tx\t6\t7\nend\t1\n",
                "npivot-lunwatch 1\nport\ta\tx\t5\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\t\tx\t5\t0\nend\t1\n",
                "npivot-lunwatch 1\npath\ta\tx\t5\t0\npath\ta\tx\t5\t0\nend\t2\n", /* twice */
                "npivot-lunwatch 1\npath\tb\tx\t5\t0\nend\t1\n", /* another file's */
        };

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(parse(bad[i], strlen(bad[i])) == -EBADMSG);
}

static void test_a_bad_file_is_kept_aside_and_the_others_count(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        char path[128], aside[160];
        struct stat st;
        unsigned n = 0;
        int fd;

        bench_open(&bench);
        add_many(&bench, 1000);
        assert(store_write_all(&bench.store) == 0);
        (void) snprintf(path, sizeof path, "%s/identities-05", bench.dir);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert(fd >= 0 && ftruncate(fd, 40) == 0);
        (void) close(fd);

        log_set_max_priority(LOG_EMERG);
        bench_restart(&bench);
        log_set_max_priority(LOG_INFO);
        assert(!shard_next(&bench.records.shards[5], NULL));
        for (unsigned i = 0; i < SHARDS; i++)
                n += bench.records.shards[i].by_key.n_nodes;
        assert(n > 900 && n < 1000);
        (void) snprintf(aside, sizeof aside, "%s.bad", path);
        assert(stat(aside, &st) == 0 && st.st_size == 40);
        assert(stat(path, &st) < 0);
}

static void test_only_what_has_changed_is_written(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        struct stat before[SHARDS], after;
        char name[32];
        unsigned n = 0;

        bench_open(&bench);
        add_many(&bench, 1000);
        assert(store_write_all(&bench.store) == 0);
        for (unsigned i = 0; i < SHARDS; i++) {
                (void) snprintf(name, sizeof name, "identities-%02x", i);
                assert(fstatat(bench.store.dir_fd, name, &before[i], 0) == 0);
        }
        (void) add(&bench, RECORD_PATH, "one more", "", 1);
        assert(bench.records.n_dirty == 1);
        assert(store_write_all(&bench.store) == 0);
        for (unsigned i = 0; i < SHARDS; i++) {
                (void) snprintf(name, sizeof name, "identities-%02x", i);
                assert(fstatat(bench.store.dir_fd, name, &after, 0) == 0);
                n += after.st_ino != before[i].st_ino;
        }
        assert(n == 1);
}

/* Runs the loop until nothing is dirty. */
static void run_until_clean(Bench *bench, sd_event *event) {
        uint64_t start, now;

        assert(sd_event_now(event, CLOCK_MONOTONIC, &start) >= 0);
        while (bench->records.n_dirty > 0) {
                assert(sd_event_run(event, 10 * 1000000) >= 0);
                assert(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now - start < 10 * 1000000);
        }
}

static void test_the_loop_writes_quarantines_before_anything_else(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(bench_done) Bench bench = { 0 };
        Record *record;

        bench_open(&bench);
        assert(sd_event_new(&event) >= 0);
        assert(store_attach(&bench.store, event) >= 0);
        add_many(&bench, 1000);
        record = add(&bench, RECORD_PATH, "a", WWID "a", 1);
        assert(records_suspect(&bench.records, record, SUSPICION_WWID, &(Identity){ WWID "b", 1 },
                               NOW) == 0);
        store_check(&bench.store);

        assert(bench.records.n_dirty == SHARDS && bench.records.n_urgent == 1);
        assert(sd_event_run(event, 0) > 0);
        assert(bench.records.n_urgent == 0 && bench.records.n_dirty == SHARDS - 1);
        run_until_clean(&bench, event);
}

static void test_a_vanished_one_is_forgotten_when_there_are_too_many(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        Record *record;
        char key[32];

        bench_open(&bench);
        for (unsigned i = 0; i < VANISHED_MAX + 10; i++) {
                (void) snprintf(key, sizeof key, "k%u", i);
                record = add(&bench, RECORD_PATH, key, "w", 1);
                records_set_gone(&bench.records, record, NOW + i);
        }
        assert(bench.records.n_vanished == VANISHED_MAX);
        assert(!records_find(&bench.records, RECORD_PATH, "k9"));
        assert(records_find(&bench.records, RECORD_PATH, "k10"));
}

static void test_the_oldest_is_known_after_a_restart(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        static const char *const keys[] = { "first", "second", "third" };

        bench_open(&bench);
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                records_set_gone(&bench.records, add(&bench, RECORD_PATH, keys[i], "w", 1),
                                 NOW - 10 + i);
        bench_restart(&bench);
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
                Record *record = TAILQ_FIRST(&bench.records.vanished);

                assert(strcmp(record_key(record), keys[i]) == 0);
                records_drop(&bench.records, record);
        }
}

static double cpu_ms(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

/* What a write keeps the event loop from doing, with 20,000 paths. */
static void test_no_turn_takes_long_with_20000_paths(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(bench_done) Bench bench = { 0 };
        double longest = 0, all, begin;

        bench_open(&bench);
        assert(sd_event_new(&event) >= 0);
        assert(store_attach(&bench.store, event) >= 0);
        add_many(&bench, 20000);
        store_check(&bench.store);
        all = cpu_ms();
        while (bench.records.n_dirty > 0) {
                begin = cpu_ms();
                assert(sd_event_run(event, 10 * 1000000) >= 0);
                if (cpu_ms() - begin > longest)
                        longest = cpu_ms() - begin;
        }
        all = cpu_ms() - all;
        begin = cpu_ms();
        bench_restart(&bench);
        (void) printf("20,000 paths: the longest turn takes %.2f ms of CPU, all %.1f ms, "
                      "reading them %.1f ms\n",
                      longest, all, cpu_ms() - begin);
        /* Ten times what it takes here; a snapshot of everything would be over it. */
        assert(longest < 10);
}

int main(void) {
        test_what_is_written_is_read();
        test_what_is_dropped_stays_dropped();
        test_text_that_would_break_a_line_is_refused();
        test_a_file_cut_anywhere_is_refused();
        test_anything_but_our_lines_is_refused();
        test_a_bad_file_is_kept_aside_and_the_others_count();
        test_only_what_has_changed_is_written();
        test_the_loop_writes_quarantines_before_anything_else();
        test_a_vanished_one_is_forgotten_when_there_are_too_many();
        test_the_oldest_is_known_after_a_restart();
        test_no_turn_takes_long_with_20000_paths();
        return 0;
}
