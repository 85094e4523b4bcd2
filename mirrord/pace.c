/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/pace.h"

/* A channel that does so little more than the guest would be at it for ever. */
#define MARGIN 1.05

/* Figures over less are chance. */
#define LOOK_MIN_USEC (250 * 1000ULL)

/* Less than this part was copied: no guess. */
#define PART_MIN 0.05

/*
 * 4 MiB are enough on their way for 10 Gbit/s at 3 ms, and stay in a processor's cache, which
 * copies a quarter faster than QEMU's own 16 MiB (tests/bench/README.md). Farther away those are
 * used.
 */
#define NEAR_USEC 1000
#define BUFFER_NEAR (4ULL * 1024 * 1024)
#define BUFFER_FAR (16ULL * 1024 * 1024)

/* Of a limited mirror: what may be on its way. */
#define BUFFERS_A_SECOND 8
#define BUFFER_MIN (256ULL * 1024)

static size_t slot(size_t look) {
        return look % PACE_LOOKS;
}

static size_t last(const Pace *pace) {
        return slot(pace->n - 1);
}

static size_t first(const Pace *pace) {
        return pace->n > PACE_LOOKS ? slot(pace->n) : 0;
}

void pace_reset(Pace *pace, uint64_t size) {
        *pace = (Pace){ .size = size };
}

void pace_add(Pace *pace, uint64_t usec, uint64_t done, uint64_t total) {
        size_t i;

        if (pace->n > 0 && usec - pace->usec[last(pace)] < LOOK_MIN_USEC)
                return;
        i = slot(pace->n++);
        pace->usec[i] = usec;
        pace->done[i] = done;
        pace->total[i] = total;
}

static double a_second(const Pace *pace, const uint64_t values[static PACE_LOOKS]) {
        uint64_t now = values[last(pace)], then = values[first(pace)];
        uint64_t usec = pace->usec[last(pace)] - pace->usec[first(pace)];

        if (pace->n < 2 || now <= then || usec == 0)
                return 0;

        return (double) (now - then) * 1e6 / (double) usec;
}

static uint64_t left(const Pace *pace) {
        size_t i = last(pace);

        return pace->total[i] > pace->done[i] ? pace->total[i] - pace->done[i] : 0;
}

/* Of what there was to copy at first. */
static double part_copied(const Pace *pace) {
        double part;

        if (pace->size == 0)
                return 1;
        part = (double) pace->done[last(pace)] / (double) pace->size;
        return part > 1 ? 1 : part;
}

static double guess_dirty(const Pace *pace) {
        double part = part_copied(pace);

        return part < PART_MIN ? 0 : a_second(pace, pace->total) / part;
}

uint64_t pace_rate(const Pace *pace) {
        return (uint64_t) a_second(pace, pace->done);
}

uint64_t pace_dirty_rate(const Pace *pace) {
        return pace->n < 2 ? 0 : (uint64_t) guess_dirty(pace);
}

uint64_t pace_eta_usec(const Pace *pace) {
        double gain;

        if (pace->n == 0)
                return UINT64_MAX;
        if (left(pace) == 0 && pace->total[last(pace)] > 0)
                return 0;
        gain = a_second(pace, pace->done) - a_second(pace, pace->total);
        if (gain < 1)
                return UINT64_MAX;

        return (uint64_t) ((double) left(pace) / gain * 1e6);
}

/* One in which nothing was copied at all has stalled, or is paused: that is not the guest's doing.
 */
PaceVerdict pace_verdict(const Pace *pace) {
        double rate, grown;

        if (pace->n < PACE_LOOKS)
                return PACE_UNKNOWN;
        rate = a_second(pace, pace->done);
        grown = a_second(pace, pace->total);
        if (rate < 1)
                return PACE_UNKNOWN;
        if (left(pace) == 0)
                return PACE_CONVERGES;
        /* What is left for less than a look is as good as nothing. */
        if ((double) left(pace) < rate / 2)
                return PACE_CONVERGES;
        if (grown * MARGIN >= rate)
                return PACE_OUTRUN;

        return guess_dirty(pace) * MARGIN >= rate ? PACE_LIKELY_OUTRUN : PACE_CONVERGES;
}

uint64_t pace_buffer_bytes(uint64_t speed, uint64_t rtt_usec) {
        uint64_t most = rtt_usec > 0 && rtt_usec <= NEAR_USEC ? BUFFER_NEAR : BUFFER_FAR;

        if (speed == 0 || speed / BUFFERS_A_SECOND > most)
                return most;

        return speed / BUFFERS_A_SECOND > BUFFER_MIN ? speed / BUFFERS_A_SECOND : BUFFER_MIN;
}
