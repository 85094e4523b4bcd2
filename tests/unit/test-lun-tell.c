/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/tell.h"

#include "common/cleanup.h"

#include <assert.h>
#include <time.h>

typedef struct Count {
        unsigned n;
        double last_usec;
} Count;

static double now_usec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static void on_tell(void *userdata) {
        Count *count = userdata;

        count->n++;
        count->last_usec = now_usec();
}

static void test_the_first_is_told_at_once(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        Count count = { 0 };
        Tell tell;

        assert(sd_event_new(&event) >= 0);
        assert(tell_start(&tell, event, on_tell, &count) >= 0);
        tell_soon(&tell);
        tell_soon(&tell);
        assert(count.n == 0);
        assert(sd_event_run(event, 1000 * 1000) > 0);
        assert(count.n == 1 && !tell_is_bursting(&tell));
        /* Nothing is left to be told. */
        assert(sd_event_run(event, 0) == 0);
        tell_done(&tell);
}

static void test_what_follows_is_gathered_ever_longer(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        double end = now_usec() + 300e3;
        Count count = { 0 };
        Tell tell;

        assert(sd_event_new(&event) >= 0);
        assert(tell_start(&tell, event, on_tell, &count) >= 0);
        while (now_usec() < end) {
                tell_soon(&tell);
                assert(sd_event_run(event, 1000) >= 0);
        }
        assert(tell_is_bursting(&tell));
        assert(tell.window_usec == TELL_WINDOW_MAX_USEC);
        /* 0, 2, 4, 8, 16, 32, 32, … */
        assert(count.n >= 6 && count.n <= 16);
        tell_done(&tell);
}

/* Nobody may be told of an event late because there was another one a while ago. */
static void test_events_that_come_now_and_then_are_each_told_at_once(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        Count count = { 0 };
        Tell tell;

        assert(sd_event_new(&event) >= 0);
        assert(tell_start(&tell, event, on_tell, &count) >= 0);
        for (unsigned i = 1; i <= 10; i++) {
                tell_soon(&tell);
                assert(!tell_is_bursting(&tell));
                assert(sd_event_run(event, 1000 * 1000) > 0);
                assert(count.n == i);
                assert(sd_event_run(event, 10 * 1000) == 0);
        }
        tell_done(&tell);
}

static void test_a_loop_that_is_too_busy_does_not_keep_it_back(void) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        double start = now_usec();
        Count count = { 0 };
        Tell tell;

        assert(sd_event_new(&event) >= 0);
        assert(tell_start(&tell, event, on_tell, &count) >= 0);
        while (count.n == 0 && now_usec() - start < 1e6)
                tell_soon(&tell);
        assert(count.n == 1);
        assert(count.last_usec - start >= (double) TELL_LATEST_USEC);
        tell_done(&tell);
}

int main(void) {
        test_the_first_is_told_at_once();
        test_what_follows_is_gathered_ever_longer();
        test_events_that_come_now_and_then_are_each_told_at_once();
        test_a_loop_that_is_too_busy_does_not_keep_it_back();
        return 0;
}
