/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/guard.h"

#include "common/cleanup.h"
#include "common/log.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#define A "naa.6001405000000010000400080000000a"
#define B "naa.6001405000000010000400080000000b"
#define KEY "2101001b32a90004-500507680b000001-lun-0"
#define GIB (1ULL << 30)

typedef struct Bench {
        char dir[64];
        Guard guard;
} Bench;

static void bench_load(Bench *bench) {
        assert(guard_open(&bench->guard, open(bench->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >=
               0);
}

static void bench_open(Bench *bench) {
        (void) strcpy(bench->dir, "/tmp/test-guard.XXXXXX");
        assert(mkdtemp(bench->dir));
        bench_load(bench);
}

static void bench_done(Bench *bench) {
        char command[128];

        guard_done(&bench->guard);
        (void) snprintf(command, sizeof command, "rm -r %s", bench->dir);
        assert(system(command) == 0);
}

static Suspicion judge(Bench *bench, const char *wwid, uint64_t size_bytes) {
        return guard_judge(&bench->guard, RECORD_PATH, KEY, &(Identity){ wwid, size_bytes }, NULL);
}

static Record *record(Bench *bench) {
        return records_find(&bench->guard.records, RECORD_PATH, KEY);
}

static void test_the_same_is_no_change(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE);
        assert(judge(&bench, "NAA.6001405000000010000400080000000A", GIB) == SUSPICION_NONE);
}

static void test_another_wwid_or_size_is_one(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, 2 * GIB) == SUSPICION_SIZE);
        assert(bench.guard.records.n_quarantined == 1);
        assert(judge(&bench, B, 2 * GIB) == SUSPICION_WWID);
        assert(bench.guard.records.n_quarantined == 1);
        assert(strcmp(record_then(record(&bench)).wwid, A) == 0);
        assert(record_then(record(&bench)).size_bytes == GIB);
        assert(strcmp(record_now(record(&bench)).wwid, B) == 0);
}

static void test_what_was_not_known_is_no_change(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        assert(judge(&bench, "", 0) == SUSPICION_NONE && !record(&bench));
        assert(judge(&bench, "", GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE);
        assert(judge(&bench, "", GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, 0) == SUSPICION_NONE);
        assert(judge(&bench, "", 0) == SUSPICION_NONE);
        assert(judge(&bench, B, 0) == SUSPICION_WWID);
}

static void test_changing_back_does_not_release(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) judge(&bench, A, GIB);
        assert(judge(&bench, B, GIB) == SUSPICION_WWID);
        assert(judge(&bench, A, GIB) == SUSPICION_WWID);
        assert(strcmp(record_now(record(&bench)).wwid, A) == 0);
}

static void test_release_makes_what_is_seen_what_it_must_be(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) judge(&bench, A, GIB);
        assert(judge(&bench, B, 2 * GIB) == SUSPICION_WWID);
        assert(guard_release(&bench.guard, record(&bench)) == 0);
        assert(bench.guard.records.n_quarantined == 0);
        assert(judge(&bench, B, 2 * GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, 2 * GIB) == SUSPICION_WWID);
}

static void test_what_went_with_its_port_must_come_back_the_same(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) judge(&bench, A, GIB);
        guard_gone(&bench.guard, RECORD_PATH, KEY, false);
        assert(record(&bench)->is_gone);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE && !record(&bench)->is_gone);
        guard_gone(&bench.guard, RECORD_PATH, KEY, false);
        assert(judge(&bench, B, GIB) == SUSPICION_WWID);
        guard_gone(&bench.guard, RECORD_PATH, KEY, false);
        assert(judge(&bench, A, GIB) == SUSPICION_WWID);
}

static void test_what_somebody_removed_is_forgotten(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) judge(&bench, A, GIB);
        guard_gone(&bench.guard, RECORD_PATH, KEY, true);
        assert(judge(&bench, B, GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, GIB) == SUSPICION_WWID);
        guard_gone(&bench.guard, RECORD_PATH, KEY, true);
        assert(bench.guard.records.n_quarantined == 0);
}

static void test_paths_and_maps_of_one_name_are_two(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) judge(&bench, A, GIB);
        assert(guard_judge(&bench.guard, RECORD_MAP, KEY, &(Identity){ "mpath-1", 1 }, NULL) ==
               SUSPICION_NONE);
        assert(guard_judge(&bench.guard, RECORD_MAP, KEY, &(Identity){ "mpath-2", 1 }, NULL) ==
               SUSPICION_WWID);
        assert(judge(&bench, A, GIB) == SUSPICION_NONE);
}

/* A life of lunwatch that ends by SIGKILL, after the loop has had one turn. */
static void live_and_be_killed(const Bench *bench, void (*live)(Bench *bench)) {
        Bench mine = *bench;
        int status;
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid == 0) {
                _cleanup_(sd_event_unrefp) sd_event *event = NULL;

                bench_load(&mine);
                assert(sd_event_new(&event) >= 0);
                assert(store_attach(&mine.guard.store, event) >= 0);
                live(&mine);
                guard_check(&mine.guard);
                while (sd_event_run(event, 0) > 0)
                        ;
                (void) raise(SIGKILL);
        }
        assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

static void quarantine(Bench *bench) {
        assert(judge(bench, A, GIB) == SUSPICION_NONE);
        assert(judge(bench, B, GIB) == SUSPICION_WWID);
}

static void release(Bench *bench) {
        assert(judge(bench, B, GIB) == SUSPICION_WWID);
        assert(guard_release(&bench->guard, record(bench)) == 0);
}

static void test_a_quarantine_survives_kill(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        live_and_be_killed(&bench, quarantine);
        live_and_be_killed(&bench, release);
        guard_done(&bench.guard);
        bench_load(&bench);
        assert(judge(&bench, B, GIB) == SUSPICION_NONE);
        assert(judge(&bench, A, GIB) == SUSPICION_WWID);
}

static void test_without_a_directory_it_guards_all_the_same(void) {
        Guard guard;

        assert(guard_open(&guard, -EBADF) == 0);
        assert(guard_judge(&guard, RECORD_PATH, KEY, &(Identity){ A, 1 }, NULL) == SUSPICION_NONE);
        assert(guard_judge(&guard, RECORD_PATH, KEY, &(Identity){ B, 1 }, NULL) == SUSPICION_WWID);
        guard_check(&guard);
        guard_done(&guard);
}

static void test_identities_are_told_as_people_say_them(void) {
        static const struct {
                Identity identity;
                const char *text;
        } cases[] = {
                { { A, 20 * GIB }, A " 20 GiB" }, { { A, 0 }, A " unknown size" },
                { { "", 1 }, "unknown 1 B" },     { { "x", 1536 }, "x 1536 B" },
                { { "x", 3 << 20 }, "x 3 MiB" },  { { "x", GIB + 512 }, "x 1073742336 B" },
        };
        char text[IDENTITY_TEXT_MAX];

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert(strcmp(identity_format(&cases[i].identity, text), cases[i].text) == 0);
}

static void test_a_storm_does_not_fill_the_log_however_often_it_is_checked(void) {
        Guard guard = { 0 };
        uint64_t now = 1000;
        unsigned n = 0;

        for (unsigned i = 0; i < 1000; i++, now += GUARD_LOGGED_USEC / 2000) {
                n += guard_may_log(&guard, now);
                assert(guard_take_unlogged(&guard, now) == 0);
        }
        assert(n == GUARD_LOGGED_MAX);
        assert(guard_take_unlogged(&guard, now + GUARD_LOGGED_USEC) == 1000 - GUARD_LOGGED_MAX);
        assert(guard_take_unlogged(&guard, now + GUARD_LOGGED_USEC) == 0);
        assert(guard_may_log(&guard, now + GUARD_LOGGED_USEC));
}

int main(void) {
        log_set_max_priority(LOG_ERR);
        test_the_same_is_no_change();
        test_another_wwid_or_size_is_one();
        test_what_was_not_known_is_no_change();
        test_changing_back_does_not_release();
        test_release_makes_what_is_seen_what_it_must_be();
        test_what_went_with_its_port_must_come_back_the_same();
        test_what_somebody_removed_is_forgotten();
        test_paths_and_maps_of_one_name_are_two();
        test_a_quarantine_survives_kill();
        test_without_a_directory_it_guards_all_the_same();
        test_identities_are_told_as_people_say_them();
        test_a_storm_does_not_fill_the_log_however_often_it_is_checked();
        return 0;
}
