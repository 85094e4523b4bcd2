/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/compare.h"

#include "common/cleanup.h"

#include <string.h>

int compare_init(Compare *compare, const Sample *sample, uint64_t settle_usec, uint64_t limit,
                 Reader near, Reader far) {
        *compare = (Compare){
                .sample = *sample,
                .near = near,
                .far = far,
                .pace.limit = limit,
                .total = sample_total(sample),
        };

        return suspects_init(&compare->suspects, settle_usec, sample->seed);
}

void compare_done(Compare *compare) {
        suspects_done(&compare->suspects);
        ranges_done(&compare->different);
        ranges_done(&compare->hot);
        ranges_done(&compare->untold);
}

size_t compare_count_unsettled(const Compare *compare) {
        return compare->hot.n + compare->untold.n;
}

bool compare_is_settling(const Compare *compare) {
        return compare->next >= compare->sample.size;
}

void compare_tell_synced(Compare *compare, uint64_t now_usec) {
        suspects_tell(&compare->suspects, now_usec);
}

void compare_set_limit(Compare *compare, uint64_t limit) {
        compare->pace.limit = limit;
}

static int begin(const Reader *reader, Read *read, uint64_t offset, uint32_t size, bool is_fresh) {
        read->offset = offset;
        read->size = size;
        read->is_fresh = is_fresh;
        read->is_done = false;
        read->error = 0;

        return reader->begin(reader->object, read);
}

/* ---- the pass */

static uint32_t part_size(const Compare *compare, uint64_t offset) {
        uint64_t left = compare->sample.size - offset;

        return left < READ_SIZE_MAX ? (uint32_t) left : READ_SIZE_MAX;
}

static void skip_what_is_not_in_the_sample(Compare *compare) {
        while (compare->next < compare->sample.size && !sample_has(&compare->sample, compare->next))
                compare->next += READ_SIZE_MAX;
}

static size_t count_passing(const Compare *compare) {
        size_t n = 0;

        for (size_t i = 0; i < COMPARE_SLOTS; i++)
                n += compare->slots[i].phase == SLOT_PASS;

        return n;
}

/* The pass waits for room: all that is under way may turn out to be suspects. */
static bool has_room(const Compare *compare) {
        return compare->suspects.n + (count_passing(compare) + 1) * READ_BLOCKS_MAX <= SUSPECTS_MAX;
}

/* > 0: begun. */
static int begin_pass(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        uint64_t offset;
        uint32_t size;
        int r;

        skip_what_is_not_in_the_sample(compare);
        if (compare->next >= compare->sample.size || !has_room(compare) ||
            pace_wait(&compare->pace, now_usec) > 0)
                return 0;
        offset = compare->next;
        size = part_size(compare, offset);
        r = begin(&compare->near, &slot->near, offset, size, false);
        if (r >= 0)
                r = begin(&compare->far, &slot->far, offset, size, false);
        if (r < 0)
                return r;

        pace_take(&compare->pace, size);
        compare->next += size;
        slot->phase = SLOT_PASS;
        return 1;
}

static int end_pass(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        int r;

        if (!slot->near.is_done || !slot->far.is_done)
                return 0;
        for (size_t i = 0; i < block_count(slot->near.size); i++) {
                if (memcmp(slot->near.digests + i, slot->far.digests + i, DIGEST_SIZE) == 0)
                        continue;
                r = suspects_add(&compare->suspects, slot->near.offset / BLOCK_SIZE + i, now_usec);
                if (r < 0)
                        return r;
        }

        compare->done += slot->near.size;
        slot->phase = SLOT_FREE;
        return 1;
}

/* ---- looks */

static uint32_t block_size_at(const Compare *compare, uint64_t offset) {
        uint64_t left = compare->sample.size - offset;

        return left < BLOCK_SIZE ? (uint32_t) left : BLOCK_SIZE;
}

/* It does not wait for the pace: the pass does that, and pays for it. */
static int begin_look(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        const Suspect *suspect = suspects_due(&compare->suspects, now_usec);
        uint64_t offset;
        uint32_t size;
        int r;

        if (!suspect)
                return 0;
        slot->look = (Look){ .block = suspect->block };
        offset = suspect->block * BLOCK_SIZE;
        size = block_size_at(compare, offset);
        r = begin(&compare->near, &slot->near, offset, size, true);
        if (r < 0)
                return r;

        pace_take(&compare->pace, 2 * size);
        slot->phase = SLOT_BEFORE;
        return 1;
}

static int go_on_to_target(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        int r;

        if (!slot->near.is_done)
                return 0;
        slot->look.before = slot->near.digests[0];
        slot->look.first_usec = now_usec;
        r = begin(&compare->far, &slot->far, slot->near.offset, slot->near.size, true);
        if (r < 0)
                return r;

        slot->phase = SLOT_TARGET;
        return 1;
}

static int go_on_to_source(Compare *compare, CompareSlot *slot) {
        int r;

        if (!slot->far.is_done)
                return 0;
        slot->look.target = slot->far.digests[0];
        r = begin(&compare->near, &slot->near, slot->near.offset, slot->near.size, true);
        if (r < 0)
                return r;

        slot->phase = SLOT_AFTER;
        return 1;
}

static int take_verdict(Compare *compare, Verdict verdict, uint64_t block) {
        switch (verdict) {
        case VERDICT_DIFFERENT:
                return ranges_add(&compare->different, block);
        case VERDICT_HOT:
                return ranges_add(&compare->hot, block);
        case VERDICT_UNTOLD:
                return ranges_add(&compare->untold, block);
        default:
                return 0;
        }
}

static int end_look(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        Verdict verdict;
        int r;

        if (!slot->near.is_done)
                return 0;
        slot->look.after = slot->near.digests[0];
        slot->phase = SLOT_FREE;
        verdict = suspects_judge(&compare->suspects, &slot->look, now_usec);
        r = take_verdict(compare, verdict, slot->look.block);

        return r < 0 ? r : 1;
}

/* ---- both */

static int check_reads(const CompareSlot *slot) {
        if (slot->near.is_done && slot->near.error < 0)
                return slot->near.error;

        return slot->phase == SLOT_BEFORE || !slot->far.is_done ? 0 : slot->far.error;
}

/* > 0: something has changed. */
static int run_slot(Compare *compare, CompareSlot *slot, uint64_t now_usec) {
        int r;

        if (slot->phase == SLOT_FREE) {
                r = begin_look(compare, slot, now_usec);
                return r != 0 ? r : begin_pass(compare, slot, now_usec);
        }
        r = check_reads(slot);
        if (r < 0)
                return r;

        switch (slot->phase) {
        case SLOT_PASS:
                return end_pass(compare, slot, now_usec);
        case SLOT_BEFORE:
                return go_on_to_target(compare, slot, now_usec);
        case SLOT_TARGET:
                return go_on_to_source(compare, slot);
        default:
                return end_look(compare, slot, now_usec);
        }
}

static bool is_idle(const Compare *compare) {
        for (size_t i = 0; i < COMPARE_SLOTS; i++)
                if (compare->slots[i].phase != SLOT_FREE)
                        return false;

        return true;
}

int compare_run(Compare *compare, uint64_t now_usec) {
        bool has_changed = true;
        int r;

        while (has_changed && !compare->is_over) {
                has_changed = false;
                for (size_t i = 0; i < COMPARE_SLOTS; i++) {
                        r = run_slot(compare, compare->slots + i, now_usec);
                        if (r < 0)
                                return r;
                        has_changed |= r > 0;
                }
                if (has_changed || is_idle(compare))
                        compare->moved_usec = now_usec;
                compare->is_over = compare->different.n >= COMPARE_DIFFERENT_MAX ||
                                   (is_idle(compare) && compare->suspects.n == 0 &&
                                    compare_is_settling(compare));
        }

        return 0;
}

uint64_t compare_wait(Compare *compare, uint64_t now_usec) {
        uint64_t next = compare->suspects.next_usec, wait = UINT64_MAX, pace;
        bool has_slot = false;

        for (size_t i = 0; i < COMPARE_SLOTS; i++)
                has_slot |= compare->slots[i].phase == SLOT_FREE;
        if (!has_slot)
                return UINT64_MAX;
        if (next != UINT64_MAX)
                wait = next > now_usec ? next - now_usec : 1;
        if (!compare_is_settling(compare) && has_room(compare)) {
                pace = pace_wait(&compare->pace, now_usec);
                wait = pace < wait ? pace : wait;
        }

        return wait;
}
