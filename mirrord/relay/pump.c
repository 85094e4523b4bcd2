/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/pump.h"

/* Turns before others have theirs. */
#define ROUNDS_MAX 16

/* What may be written at once after a pause: a hundredth of a second, but some TLS records. */
#define BURST_MIN (64.0 * 1024)
#define BURSTS_A_SECOND 100

int pump_open(Pump *pump, Channel *from, Channel *to, uint64_t limit) {
        *pump = (Pump){ .from = from, .to = to, .limit = limit };
        pump->buf = malloc(PUMP_SIZE);

        return pump->buf ? 0 : -ENOMEM;
}

void pump_done(Pump *pump) {
        free(TAKE_PTR(pump->buf));
}

size_t pump_held(const Pump *pump) {
        return pump->end - pump->begin;
}

void pump_set_limit(Pump *pump, uint64_t limit) {
        pump->limit = limit;
        pump->credit = 0;
}

static double burst(const Pump *pump) {
        double size = (double) pump->limit / BURSTS_A_SECOND;

        return size < BURST_MIN ? BURST_MIN : size;
}

/* As many bytes as may be written now. */
static size_t count_credit(Pump *pump, size_t wanted, uint64_t now_usec) {
        if (pump->limit == 0)
                return wanted;

        pump->credit += (double) pump->limit * (double) (now_usec - pump->then_usec) / 1e6;
        pump->then_usec = now_usec;
        if (pump->credit > burst(pump))
                pump->credit = burst(pump);
        if (pump->credit < 1)
                return 0;

        return (double) wanted > pump->credit ? (size_t) pump->credit : wanted;
}

/* > 0: something was written. */
static int write_some(Pump *pump, uint64_t now_usec) {
        size_t size = count_credit(pump, pump->end - pump->begin, now_usec);
        ssize_t n;

        if (size == 0) {
                pump->wait_usec = (uint64_t) (burst(pump) / 2 / (double) pump->limit * 1e6) + 1;
                return 0;
        }
        n = channel_write(pump->to, pump->buf + pump->begin, size);
        pump->wants_write = n == -EAGAIN;
        if (n < 0)
                return n == -EAGAIN ? 0 : (int) n;

        pump->begin += (size_t) n;
        pump->n_bytes += (uint64_t) n;
        if (pump->limit > 0)
                pump->credit -= (double) n;
        return 1;
}

/* > 0: something was read. */
static int read_some(Pump *pump) {
        ssize_t n;

        n = channel_read(pump->from, pump->buf, PUMP_SIZE);
        pump->wants_read = n == -EAGAIN;
        if (n < 0)
                return n == -EAGAIN ? 0 : (int) n;

        pump->begin = 0;
        pump->end = (size_t) n;
        pump->has_ended = n == 0;
        return 1;
}

static int pass_on_end(Pump *pump) {
        int r;

        r = channel_end(pump->to);
        pump->wants_write = r == -EAGAIN;
        pump->is_over = r == 0;
        return 0;
}

int pump_run(Pump *pump, uint64_t now_usec) {
        int r = 1;

        pump->wait_usec = 0;
        pump->wants_read = pump->wants_write = false;
        for (unsigned i = 0; r > 0 && i < ROUNDS_MAX && !pump->is_over; i++)
                if (pump->begin < pump->end)
                        r = write_some(pump, now_usec);
                else if (pump->has_ended)
                        r = pass_on_end(pump);
                else
                        r = read_some(pump);

        return r < 0 ? r : 0;
}
