/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "mirrord/verify/compare.h"
#include "mirrord/verify/verdict.h"

#include <assert.h>
#include <string.h>

#define MSEC 1000ULL
#define SEC (1000 * MSEC)
#define SETTLE (10 * SEC)
#define GAP (2 * SEC)
#define MIB 1048576

/* ---- suspects */

static Digest digest(uint8_t c) {
        Digest d = { { c } };

        return d;
}

static Suspects suspects;
static uint64_t now;

static void begin_suspects(void) {
        now = 1000 * SEC;
        assert(suspects_init(&suspects, SETTLE, 1) == 0);
        assert(suspects_add(&suspects, 7, now) == 0);
}

/* The next look at it, whenever that is, which must be soon. */
static Verdict look(uint8_t before, uint8_t target, uint8_t after) {
        const Suspect *suspect;
        Look seen = { .block = 7 };

        while (!(suspect = suspects_due(&suspects, now))) {
                assert(suspects.next_usec > now && suspects.next_usec < now + SETTLE);
                now = suspects.next_usec;
        }
        assert(suspect->block == 7 && !suspects_due(&suspects, now));
        seen.before = digest(before);
        seen.target = digest(target);
        seen.after = digest(after);
        now += MSEC;
        seen.first_usec = now;
        now += MSEC;
        return suspects_judge(&suspects, &seen, now);
}

/* As time goes on: tells every half second. */
static void tell_until(uint64_t until) {
        for (; now < until; now += SEC / 2)
                suspects_tell(&suspects, now);
}

static void test_what_is_equal_in_a_look_is_settled(void) {
        for (int i = 0; i < 3; i++) {
                begin_suspects();
                assert(look(1, 9, 1) == VERDICT_OPEN);
                assert(look(1, i == 2 ? 2 : 1, i > 0 ? 2 : 1) == VERDICT_SETTLED);
                assert(suspects.n == 0 && !suspects_due(&suspects, now + 100 * SEC));
                suspects_done(&suspects);
        }
}

/* Looks until there is a verdict; tells: how often one comes between two looks. */
static Verdict look_on(uint8_t source, uint8_t target, unsigned tells) {
        Verdict verdict;

        while ((verdict = look(source, target, source)) == VERDICT_OPEN)
                for (unsigned i = 0; i < tells; i++)
                        suspects_tell(&suspects, now);

        return verdict;
}

static void test_what_stays_different_while_the_mirror_is_up_to_date_is_different(void) {
        uint64_t begin;

        begin_suspects();
        begin = now;
        assert(look_on(1, 2, 1) == VERDICT_DIFFERENT);
        assert(now - begin >= SETTLE && now - begin <= 2 * SETTLE);
        suspects_done(&suspects);
}

static void test_without_tells_nothing_is_different(void) {
        begin_suspects();
        assert(look_on(1, 2, 0) == VERDICT_UNTOLD);
        assert(now >= 1000 * SEC + SUSPECT_PATIENCE * SETTLE);
        suspects_done(&suspects);
}

static void test_many_tells_at_one_moment_are_one(void) {
        begin_suspects();
        assert(look(1, 2, 1) == VERDICT_OPEN);
        now += GAP;
        for (int i = 0; i < 100; i++)
                suspects_tell(&suspects, now);
        assert(look_on(1, 2, 0) == VERDICT_UNTOLD);
        suspects_done(&suspects);
}

static void test_tells_of_before_the_first_look_do_not_count(void) {
        begin_suspects();
        tell_until(now + 100 * SEC);
        assert(look(1, 2, 1) != VERDICT_DIFFERENT);
        suspects_tell(&suspects, now + GAP - MSEC);
        assert(suspects.n == 0 || suspects.items[0].n_tells == 0);
        suspects_done(&suspects);
}

static void test_a_tell_in_the_middle_of_a_look_does_not_count(void) {
        begin_suspects();
        assert(look(1, 2, 1) == VERDICT_OPEN);
        now += GAP;
        assert(suspects_due(&suspects, now));
        suspects_tell(&suspects, now);
        assert(suspects.items[0].n_tells == 0);
        suspects_done(&suspects);
}

static void test_a_source_that_changes_begins_anew(void) {
        Verdict verdict = VERDICT_OPEN;
        uint64_t begin;

        /* Changed under one look of them. */
        begin_suspects();
        while (now < 1000 * SEC + SETTLE * 9 / 10) {
                assert(look(1, 2, 1) == VERDICT_OPEN);
                suspects_tell(&suspects, now);
        }
        assert(look(1, 2, 3) == VERDICT_OPEN);
        begin = now;
        assert(look_on(1, 2, 1) == VERDICT_DIFFERENT && now - begin >= SETTLE);
        suspects_done(&suspects);

        /* Changed between any two. */
        begin_suspects();
        for (uint8_t c = 3; verdict == VERDICT_OPEN; c ^= 1) {
                verdict = look(c, 1, c);
                suspects_tell(&suspects, now);
        }
        assert(verdict == VERDICT_HOT);
        suspects_done(&suspects);
}

static void test_a_target_that_changes_is_being_mirrored(void) {
        Verdict verdict = VERDICT_OPEN;

        begin_suspects();
        for (uint8_t c = 2; verdict == VERDICT_OPEN; c++) {
                verdict = look(1, c > 1 ? c : 2, 1);
                suspects_tell(&suspects, now);
        }
        assert(verdict == VERDICT_HOT);
        suspects_done(&suspects);
}

static void test_few_looks_are_no_proof_however_far_apart(void) {
        begin_suspects();
        for (int i = 1; i < SUSPECT_LOOKS_MIN; i++) {
                assert(look(1, 2, 1) == VERDICT_OPEN);
                tell_until(now + SETTLE);
        }
        assert(look(1, 2, 1) == VERDICT_DIFFERENT);
        suspects_done(&suspects);
}

static void test_there_is_an_end_of_suspects(void) {
        assert(suspects_init(&suspects, SETTLE, 1) == 0);
        for (size_t i = 0; i < SUSPECTS_MAX; i++)
                assert(suspects_add(&suspects, i, 0) == 0);
        assert(suspects_add(&suspects, SUSPECTS_MAX, 0) == -ENOBUFS);
        suspects_done(&suspects);
}

/*
 * A guest that writes less and less, a mirror that follows in its own time and is told of only when
 * nothing is dirty, and looks in between: whatever happens, no block is different, but for the one
 * whose copy came out wrong.
 */
#define GUEST_BLOCKS 32
#define CORRUPT 31

typedef struct World {
        uint8_t source[GUEST_BLOCKS], target[GUEST_BLOCKS];
        bool is_dirty[GUEST_BLOCKS];
        bool is_looking;
        Look look;
        size_t n_different, n_verdicts;
} World;

static void let_guest_write(World *world) {
        long busy = 1 + (long) ((now - 1000 * SEC) / SEC), i = random() % CORRUPT;

        if (random() % busy > 1)
                return;
        world->source[i] = (uint8_t) (random() % 3);
        world->is_dirty[i] = true;
}

static void let_mirror_copy(World *world) {
        size_t first = (size_t) random() % CORRUPT;

        if (random() % 3 != 0)
                return;
        for (size_t n = 0; n < CORRUPT; n++) {
                size_t i = (first + n) % CORRUPT;

                if (!world->is_dirty[i])
                        continue;
                world->target[i] = world->source[i];
                world->is_dirty[i] = false;
                return;
        }
        suspects_tell(&suspects, now);
}

static void take_look(World *world) {
        const Suspect *suspect;
        Verdict verdict;

        if (world->is_looking) {
                world->is_looking = false;
                world->look.after = digest(world->source[world->look.block]);
                verdict = suspects_judge(&suspects, &world->look, now);
                world->n_verdicts += verdict != VERDICT_OPEN;
                world->n_different += verdict == VERDICT_DIFFERENT;
                assert(verdict != VERDICT_DIFFERENT || world->look.block == CORRUPT);
                return;
        }
        suspect = suspects_due(&suspects, now);
        if (!suspect)
                return;
        world->is_looking = true;
        world->look = (Look){
                .block = suspect->block,
                .first_usec = now,
                .before = digest(world->source[suspect->block]),
                .target = digest(world->target[suspect->block]),
        };
}

static size_t simulate(unsigned seed, bool is_corrupt) {
        World world = { .target[CORRUPT] = is_corrupt };

        now = 1000 * SEC;
        srandom(seed);
        assert(suspects_init(&suspects, SETTLE, seed) == 0);
        for (uint64_t i = 0; i < GUEST_BLOCKS; i++)
                assert(suspects_add(&suspects, i, now) == 0);
        for (; suspects.n > 0; now += 20 * MSEC) {
                let_guest_write(&world);
                let_mirror_copy(&world);
                take_look(&world);
                assert(now < 2000 * SEC);
        }
        suspects_done(&suspects);
        assert(world.n_verdicts == GUEST_BLOCKS);

        return world.n_different;
}

static void test_no_guest_and_no_lag_make_a_block_different(void) {
        for (unsigned seed = 1; seed <= 300; seed++)
                assert(simulate(seed, false) == 0);
}

static void test_a_corrupt_block_is_found_among_the_others(void) {
        for (unsigned seed = 1; seed <= 100; seed++)
                assert(simulate(seed, true) == 1);
}

/* ---- comparing, with disks in memory */

#define DISK_BLOCKS 100
#define DISK_SIZE ((DISK_BLOCKS - 1) * (uint64_t) BLOCK_SIZE + 512)

typedef struct Disk {
        uint8_t blocks[DISK_BLOCKS];
        Read *reads[READS_MAX];
        size_t n_reads, n_bytes;
        bool is_slow;
        int error;
} Disk;

static void finish(Disk *disk, Read *read) {
        for (size_t i = 0; i < block_count(read->size); i++)
                read->digests[i] = digest(disk->blocks[read->offset / BLOCK_SIZE + i]);
        read->error = disk->error;
        read->is_done = true;
}

static int disk_begin(void *object, Read *read) {
        Disk *disk = object;

        assert(read->offset % BLOCK_SIZE == 0 && read->size > 0);
        assert(read->offset + read->size <= DISK_SIZE);
        disk->n_bytes += read->size;
        if (!disk->is_slow) {
                finish(disk, read);
                return 0;
        }
        assert(disk->n_reads < READS_MAX);
        disk->reads[disk->n_reads++] = read;
        return 0;
}

/* The last ones first: answers come in any order. */
static void finish_all(Disk *disk) {
        while (disk->n_reads > 0)
                finish(disk, disk->reads[--disk->n_reads]);
}

static Disk near, far;
static Compare compare;

static void begin_compare(unsigned percent, uint64_t limit) {
        Sample sample = { .size = DISK_SIZE, .percent = percent, .seed = 5 };

        now = 1000 * SEC;
        near = far = (Disk){ 0 };
        for (size_t i = 0; i < DISK_BLOCKS; i++)
                near.blocks[i] = far.blocks[i] = (uint8_t) (i * 7);
        assert(compare_init(&compare, &sample, SETTLE, limit, (Reader){ &near, disk_begin },
                            (Reader){ &far, disk_begin }) == 0);
}

/* SIZE_MAX: none */
static size_t hot_block = SIZE_MAX;
static bool is_lagging;

static void run_to_end(void) {
        while (!compare.is_over) {
                uint64_t wait;

                assert(compare_run(&compare, now) == 0);
                finish_all(&near);
                finish_all(&far);
                if (hot_block != SIZE_MAX)
                        near.blocks[hot_block]++;
                if (!is_lagging)
                        compare_tell_synced(&compare, now);
                wait = compare_wait(&compare, now);
                now += wait == UINT64_MAX ? MSEC : wait;
                assert(now < 3000 * SEC);
        }
}

static void test_each_block_is_read_once(void) {
        for (int slow = 0; slow < 2; slow++) {
                char words[VERDICT_WORDS_MAX];

                begin_compare(100, 0);
                near.is_slow = far.is_slow = slow;
                run_to_end();
                assert(near.n_bytes == DISK_SIZE && far.n_bytes == DISK_SIZE);
                assert(compare.done == DISK_SIZE && compare.total == DISK_SIZE);
                assert(compare.different.n == 0 && compare_count_unsettled(&compare) == 0);
                verdict_describe(&compare, words);
                assert(strcmp(words, "6488576 bytes of 6488576 are the same") == 0);
                compare_done(&compare);
        }
}

static void test_blocks_that_differ_are_named(void) {
        char words[VERDICT_WORDS_MAX];

        begin_compare(100, 0);
        near.is_slow = true;
        far.blocks[4]++;
        far.blocks[5]++;
        far.blocks[DISK_BLOCKS - 1]++;
        run_to_end();
        assert(compare.different.n == 3 && compare_count_unsettled(&compare) == 0);
        verdict_describe(&compare, words);
        assert(strcmp(words, "differs at bytes 262144-393215, 6488064-6488575") == 0);
        compare_done(&compare);
}

static void test_what_was_late_is_the_same(void) {
        begin_compare(100, 0);
        far.blocks[4]++;
        assert(compare_run(&compare, now) == 0);
        assert(!compare.is_over && compare.suspects.n == 1 && compare_is_settling(&compare));
        assert(compare_wait(&compare, now) <= SEC);
        far.blocks[4]--;
        run_to_end();
        assert(compare.different.n == 0 && compare_count_unsettled(&compare) == 0);
        compare_done(&compare);
}

static void run_unsettled(size_t hot, size_t n_untold, const char *expected) {
        char words[VERDICT_WORDS_MAX];

        begin_compare(100, 0);
        near.is_slow = true;
        for (size_t i = 0; i < n_untold; i++)
                far.blocks[4 + i]++;
        is_lagging = n_untold > 0;
        hot_block = hot;
        if (hot != SIZE_MAX)
                far.blocks[hot] += 100;
        run_to_end();
        assert(compare.different.n == 0 && compare.untold.n == n_untold);
        assert(compare_count_unsettled(&compare) == n_untold + (hot != SIZE_MAX));
        verdict_describe(&compare, words);
        assert(strcmp(words, expected) == 0);
        compare_done(&compare);
        hot_block = SIZE_MAX;
        is_lagging = false;
}

static void test_what_nobody_can_know_is_not_what_was_written_at_every_look(void) {
        run_unsettled(9, 0, "1 blocks were written to at every look, bytes 589824-655359");
        run_unsettled(SIZE_MAX, 2,
                      "2 blocks differ, with a mirror that is not up to date, bytes 262144-393215");
        run_unsettled(9, 2,
                      "1 blocks were written to at every look, and 2 blocks differ, with a mirror "
                      "that is not up to date, bytes 262144-393215");
}

static void test_another_disk_is_given_up_early(void) {
        char words[VERDICT_WORDS_MAX];

        begin_compare(100, 0);
        for (size_t i = 0; i < DISK_BLOCKS; i += 2)
                far.blocks[i]++;
        run_to_end();
        assert(compare.different.n == DISK_BLOCKS / 2);
        verdict_describe(&compare, words);
        assert(strstr(words, " more") && strlen(words) < VERDICT_WORDS_MAX - 1);
        compare_done(&compare);
}

static void test_a_read_that_fails_is_an_error(void) {
        Disk *disks[] = { &near, &far };

        for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
                begin_compare(100, 0);
                disks[i]->error = -EIO;
                assert(compare_run(&compare, now) == -EIO);
                compare_done(&compare);
        }
}

static void test_a_limit_is_kept_to(void) {
        begin_compare(100, MIB);
        run_to_end();
        assert(now - 1000 * SEC >= 5 * SEC && now - 1000 * SEC <= 8 * SEC);
        compare_done(&compare);
}

static void test_a_sample_is_all_that_is_read(void) {
        begin_compare(1, 0);
        far.blocks[DISK_BLOCKS - 1]++;
        run_to_end();
        assert(compare.different.n == 1);
        assert(compare.done == compare.total && compare.total < DISK_SIZE);
        compare_done(&compare);
}

int main(void) {
        test_what_is_equal_in_a_look_is_settled();
        test_what_stays_different_while_the_mirror_is_up_to_date_is_different();
        test_without_tells_nothing_is_different();
        test_many_tells_at_one_moment_are_one();
        test_tells_of_before_the_first_look_do_not_count();
        test_a_tell_in_the_middle_of_a_look_does_not_count();
        test_a_source_that_changes_begins_anew();
        test_a_target_that_changes_is_being_mirrored();
        test_few_looks_are_no_proof_however_far_apart();
        test_there_is_an_end_of_suspects();
        test_no_guest_and_no_lag_make_a_block_different();
        test_a_corrupt_block_is_found_among_the_others();
        test_each_block_is_read_once();
        test_blocks_that_differ_are_named();
        test_what_was_late_is_the_same();
        test_what_nobody_can_know_is_not_what_was_written_at_every_look();
        test_another_disk_is_given_up_early();
        test_a_read_that_fails_is_an_error();
        test_a_limit_is_kept_to();
        test_a_sample_is_all_that_is_read();
        return EXIT_SUCCESS;
}
