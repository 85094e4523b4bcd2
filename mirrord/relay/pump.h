/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One direction of a relay: from one channel to the other, counted, at most so fast, until the end.
 * Never waits: says what it waits for. Without TLS the bytes go through a pipe and are not copied.
 */

#include "mirrord/relay/channel.h"

/* To a target that is far away, so that there is something to send whenever it takes some; back. */
#define PUMP_SIZE (1024 * 1024)
#define PUMP_BACK_SIZE (64 * 1024)

typedef struct Pump {
        Channel *from, *to; /* borrowed */
        char *buf;          /* NULL: it is the pipe that holds them */
        int pipe[2];
        size_t size, begin, end; /* what is in there, as of a buffer of this size */
        uint64_t n_bytes;        /* written */
        bool has_ended;          /* nothing more comes */
        bool is_over;            /* and that has been passed on */
        bool wants_read, wants_write;

        uint64_t limit;     /* bytes a second; 0: none */
        double credit;      /* bytes that may be written */
        uint64_t then_usec; /* when the credit was last counted */
        uint64_t wait_usec; /* until there is credit again; 0: it does not wait for that */
} Pump;

int pump_open(Pump *pump, Channel *from, Channel *to, size_t size, uint64_t limit);
void pump_done(Pump *pump);

/* Does what can be done now. An error is that of one of the channels. */
int pump_run(Pump *pump, uint64_t now_usec);

/* Read and not written yet. */
size_t pump_held(const Pump *pump);

/* It waits for nothing: it has had its rounds, and goes on when others have had theirs. */
bool pump_is_busy(const Pump *pump);

void pump_set_limit(Pump *pump, uint64_t limit);
