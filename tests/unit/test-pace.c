/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/pace.h"

#include <assert.h>

#define MIB (1024 * 1024ULL)

typedef struct Guest {
        double size, copied, left, total; /* bytes */
        double writes, carries;           /* bytes a second */
} Guest;

/* Half a second: writes are spread evenly, and count only where it was copied already. */
static void live(Guest *guest, Pace *pace, unsigned looks) {
        for (unsigned i = 0; i < looks; i++) {
                double part = guest->copied / guest->size, copied = guest->carries / 2;
                double grown = guest->writes / 2 * (part > 1 ? 1 : part);

                if (copied > guest->left + grown)
                        copied = guest->left + grown;
                guest->left += grown - copied;
                guest->copied += copied;
                guest->total += grown;
                pace_add(pace, 1000000 + pace->n * 500000, (uint64_t) guest->copied,
                         (uint64_t) guest->total);
        }
}

static Guest begin(Pace *pace, double writes, double carries) {
        const double size = 1024.0 * MIB;

        pace_reset(pace, (uint64_t) size);
        return (Guest){ size, 0, size, size, writes * MIB, carries * MIB };
}

static void test_a_look_at_once_after_another_is_left_out(void) {
        Pace pace;

        pace_reset(&pace, 64 * MIB);
        pace_add(&pace, 1000000, 0, 64 * MIB);
        pace_add(&pace, 1020000, MIB, 64 * MIB);
        assert(pace.n == 1 && pace_rate(&pace) == 0);
        pace_add(&pace, 1500000, 8 * MIB, 64 * MIB);
        assert(pace.n == 2 && pace_rate(&pace) == 16 * MIB);
}

static void test_without_looks_nothing_is_known(void) {
        Pace pace;

        pace_reset(&pace, 4096);
        assert(pace_rate(&pace) == 0 && pace_dirty_rate(&pace) == 0);
        assert(pace_eta_usec(&pace) == UINT64_MAX && pace_verdict(&pace) == PACE_UNKNOWN);
        pace_add(&pace, 1, 0, 4096);
        assert(pace_rate(&pace) == 0 && pace_eta_usec(&pace) == UINT64_MAX);
}

static void test_an_idle_guest_converges_and_the_time_left_is_right(void) {
        Pace pace;
        Guest guest = begin(&pace, 0, 64);

        live(&guest, &pace, 12);
        assert(pace_verdict(&pace) == PACE_CONVERGES);
        assert(pace_rate(&pace) / MIB == 64 && pace_dirty_rate(&pace) == 0);
        /* 640 MiB are left. */
        assert(pace_eta_usec(&pace) / 1000000 == 10);
        live(&guest, &pace, 40);
        assert(pace_eta_usec(&pace) == 0);
}

static void test_a_guest_that_outruns_the_channel_is_told_early(void) {
        Pace pace;
        Guest guest = begin(&pace, 40, 20);
        unsigned looks;

        for (looks = 0; pace_verdict(&pace) < PACE_LIKELY_OUTRUN; looks++) {
                assert(looks < 30);
                live(&guest, &pace, 1);
        }
        assert(guest.copied < guest.size / 5);
        while (pace_verdict(&pace) != PACE_OUTRUN) {
                assert(looks++ < 200);
                live(&guest, &pace, 1);
        }
        live(&guest, &pace, 20);
        /* Its writes are known by now. */
        assert(pace_dirty_rate(&pace) / MIB >= 30 && pace_dirty_rate(&pace) / MIB <= 50);
        assert(pace_eta_usec(&pace) == UINT64_MAX);
}

static void test_a_guest_that_writes_half_of_what_is_carried_converges(void) {
        Pace pace;
        Guest guest = begin(&pace, 20, 40);

        for (unsigned looks = 0; looks < 200; looks++) {
                live(&guest, &pace, 1);
                assert(pace_verdict(&pace) != PACE_OUTRUN);
        }
        assert(guest.left < 40.0 * MIB);
        assert(pace_verdict(&pace) == PACE_CONVERGES);
}

static void test_a_channel_that_stands_still_is_not_the_guests_doing(void) {
        Pace pace;
        Guest guest = begin(&pace, 40, 0);

        live(&guest, &pace, 30);
        assert(pace_verdict(&pace) == PACE_UNKNOWN);
}

static void test_after_a_reset_nothing_is_known(void) {
        Pace pace;
        Guest guest = begin(&pace, 40, 20);

        live(&guest, &pace, 100);
        assert(pace_verdict(&pace) == PACE_OUTRUN);
        pace_reset(&pace, (uint64_t) guest.size);
        assert(pace_verdict(&pace) == PACE_UNKNOWN && pace_rate(&pace) == 0);
}

static void test_what_is_on_its_way_fits_the_limit_and_the_distance(void) {
        assert(pace_buffer_bytes(0, 0) == 16 * MIB);
        assert(pace_buffer_bytes(0, 10000) == 16 * MIB);
        assert(pace_buffer_bytes(0, 200) == 4 * MIB);
        assert(pace_buffer_bytes(1, 200) == MIB / 4);
        assert(pace_buffer_bytes(8 * MIB, 0) == MIB);
        assert(pace_buffer_bytes(UINT64_MAX, 200) == 4 * MIB);
        assert(pace_buffer_bytes(UINT64_MAX, 1001) == 16 * MIB);
}

int main(void) {
        test_a_look_at_once_after_another_is_left_out();
        test_without_looks_nothing_is_known();
        test_an_idle_guest_converges_and_the_time_left_is_right();
        test_a_guest_that_outruns_the_channel_is_told_early();
        test_a_guest_that_writes_half_of_what_is_carried_converges();
        test_a_channel_that_stands_still_is_not_the_guests_doing();
        test_after_a_reset_nothing_is_known();
        test_what_is_on_its_way_fits_the_limit_and_the_distance();
        return 0;
}
