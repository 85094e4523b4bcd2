/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/pump.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* Turns before others have theirs. */
#define ROUNDS_MAX 16

/* What may be written at once after a pause: a hundredth of a second, but some TLS records. */
#define BURST_MIN (64.0 * 1024)
#define BURSTS_A_SECOND 100

static void close_pipe(Pump *pump) {
        for (size_t i = 0; i < ARRAY_LEN(pump->pipe); i++) {
                closep(pump->pipe + i);
                pump->pipe[i] = -EBADF;
        }
}

/* A user may have so much in pipes; the next one gets a small one, or one that is of no use. */
static bool open_pipe(Pump *pump) {
        if (pump->from->tls || pump->to->tls || pipe2(pump->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
                return false;
        (void) fcntl(pump->pipe[1], F_SETPIPE_SZ, (int) pump->size);
        if (fcntl(pump->pipe[1], F_GETPIPE_SZ) >= PUMP_BACK_SIZE)
                return true;

        close_pipe(pump);
        return false;
}

int pump_open(Pump *pump, Channel *from, Channel *to, size_t size, uint64_t limit) {
        *pump = (Pump){
                .from = from,
                .to = to,
                .size = size,
                .limit = limit,
                .pipe = { -EBADF, -EBADF },
        };
        if (!open_pipe(pump))
                pump->buf = malloc(pump->size);

        return pump->buf || pump->pipe[0] >= 0 ? 0 : -ENOMEM;
}

void pump_done(Pump *pump) {
        if (!pump->from)
                return;

        free(TAKE_PTR(pump->buf));
        close_pipe(pump);
}

static ssize_t move(int from, int to, size_t size) {
        ssize_t n = splice(from, NULL, to, NULL, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

        if (n >= 0)
                return n;

        return errno == EINTR || errno == EAGAIN ? -EAGAIN : -errno;
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
        n = pump->buf ? channel_write(pump->to, pump->buf + pump->begin, size)
                      : move(pump->pipe[0], pump->to->fd, size);
        pump->wants_write = n == -EAGAIN;
        if (n < 0)
                return n == -EAGAIN ? 0 : (int) n;

        pump->begin += (size_t) n;
        if (pump->begin == pump->end)
                pump->begin = pump->end = 0;
        pump->n_bytes += (uint64_t) n;
        if (pump->limit > 0)
                pump->credit -= (double) n;
        return 1;
}

/* Many small pieces fill a pipe before it has as many bytes as it may. */
static bool is_full(const Pump *pump) {
        struct pollfd poll_pipe = { pump->pipe[1], POLLOUT, 0 };

        return !pump->buf && pump_held(pump) > 0 && poll(&poll_pipe, 1, 0) == 0;
}

/* > 0: something was read. */
static int read_some(Pump *pump) {
        size_t room = pump->size - (pump->buf ? pump->end : pump_held(pump));
        ssize_t n;

        pump->wants_read = false;
        if (room == 0)
                return 0;
        n = pump->buf ? channel_read(pump->from, pump->buf + pump->end, room)
                      : move(pump->from->fd, pump->pipe[1], room);
        pump->wants_read = n == -EAGAIN && !is_full(pump);
        if (n < 0)
                return n == -EAGAIN ? 0 : (int) n;

        pump->end += (size_t) n;
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

/* > 0: something was done. Reads on while the other side takes nothing. */
static int turn(Pump *pump, uint64_t now_usec) {
        int r = 0, w = 0;

        if (!pump->has_ended)
                r = read_some(pump);
        if (r < 0)
                return r;
        if (pump_held(pump) > 0)
                w = write_some(pump, now_usec);
        else if (pump->has_ended)
                w = pass_on_end(pump);

        return w < 0 ? w : r + w;
}

int pump_run(Pump *pump, uint64_t now_usec) {
        int r = 1;

        pump->wait_usec = 0;
        pump->wants_read = pump->wants_write = false;
        for (unsigned i = 0; r > 0 && i < ROUNDS_MAX && !pump->is_over; i++)
                r = turn(pump, now_usec);

        return r < 0 ? r : 0;
}

bool pump_is_busy(const Pump *pump) {
        if (pump->is_over || pump->wants_write || pump->wait_usec > 0)
                return false;

        return pump_held(pump) > 0 || !pump->wants_read;
}
