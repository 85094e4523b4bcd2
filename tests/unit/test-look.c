/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/look.h"

#include <assert.h>

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        unsigned *n = userdata;

        (*n)++;
        return 0;
}

static void test_soon_after_a_change_and_then_less_and_less_often(void) {
        uint64_t usec = 0, sum = 0;
        unsigned n = 0;

        while ((usec = look_next_usec(usec)) < LOOK_USEC) {
                sum += usec;
                n++;
        }
        assert(look_next_usec(0) == LOOK_SOON_USEC);
        assert(look_next_usec(LOOK_USEC) == LOOK_USEC);
        assert(n == 5 && sum < 2 * LOOK_USEC);
}

static void test_a_look_is_not_put_off_by_one_that_would_be_later(void) {
        sd_event_source *timer = NULL;
        sd_event *event = NULL;
        uint64_t is, first;
        unsigned n = 0;

        assert(sd_event_new(&event) >= 0);
        assert(sd_event_add_time(event, &timer, CLOCK_MONOTONIC, UINT64_MAX, LOOK_ACCURACY_USEC,
                                 on_timer, &n) >= 0);
        look_soon(timer, 10000);
        assert(sd_event_source_get_time(timer, &first) >= 0 && first != UINT64_MAX);
        look_soon(timer, LOOK_USEC);
        assert(sd_event_source_get_time(timer, &is) >= 0 && is == first);
        look_soon(timer, 0);
        assert(sd_event_source_get_time(timer, &is) >= 0 && is < first);

        assert(sd_event_run(event, UINT64_MAX) >= 0 && n == 1);
        /* Once; then the time that is over does not count. */
        assert(sd_event_run(event, 0) == 0 && n == 1);
        look_soon(timer, 1000);
        assert(sd_event_run(event, UINT64_MAX) >= 0 && n == 2);

        (void) sd_event_source_disable_unref(timer);
        (void) sd_event_unref(event);
}

int main(void) {
        test_soon_after_a_change_and_then_less_and_less_often();
        test_a_look_is_not_put_off_by_one_that_would_be_later();
        return 0;
}
