/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How mirrord asks a relay how far it is, and tells it things: a unix socket of packets, one a
 * request and one an answer. Requests: "status", "limit N" (bytes a second, 0: none), "stall N"
 * (milliseconds, 0: none), "end". Answers: "ok",
 * "status STATE PORT TO-TARGET FROM-TARGET LIMIT OWED STALL RTT" or "error WORDS".
 */

#include "common/cleanup.h"

#include <poll.h>
#include <stdint.h>
#include <sys/un.h>

#define CONTROL_CLIENTS_MAX 4
#define CONTROL_PACKET_MAX 256

typedef struct Control {
        int fds[1 + CONTROL_CLIENTS_MAX]; /* the first listens; -EBADF: none */
        struct sockaddr_un address;
        /* Writes the answer. */
        void (*on_request)(void *userdata, const char *request,
                           char answer[static CONTROL_PACKET_MAX]);
        void *userdata;
} Control;

/* Nothing is open. */
void control_init(Control *control);

/* Takes the path over from a relay that was killed. */
int control_open(Control *control, const char *path);

/* Removes the path as well. */
void control_close(Control *control);

/* What to poll for; returns how many. Then, with the results in the same place: */
#define CONTROL_POLL_MAX (1 + CONTROL_CLIENTS_MAX)
size_t control_prepare(const Control *control, struct pollfd polls[static CONTROL_POLL_MAX]);
void control_run(Control *control, const struct pollfd polls[static CONTROL_POLL_MAX]);
