/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The control socket: one command per connection, a line in, an answer out. The answer's first
 * line is "ok" or "error: " and a text; what follows is the command's. A "wait" is answered when
 * its condition holds or its time is over; nothing here ever blocks.
 */

#include "fabric.h"

#include <poll.h>
#include <sys/queue.h>

#define CONTROL_CLIENTS_MAX 64

typedef struct ControlClient ControlClient;

typedef struct Control {
        Fabric *fabric;
        int fd;
        TAILQ_HEAD(, ControlClient) clients;
        unsigned n_clients;
} Control;

/* -EADDRINUSE: a switch answers at this path already. A dead socket there is replaced. */
int control_init(Control *control, Fabric *fabric, const char *path);
void control_done(Control *control);

/* What to poll for: the listening socket and the clients. Returns how many were filled in. */
size_t control_prepare_poll(const Control *control, struct pollfd *fds, size_t n_fds);
void control_handle_poll(Control *control, const struct pollfd *fds, size_t n_fds);

/* Answers the waits that are over. Returns milliseconds until the next deadline, or UINT64_MAX. */
uint64_t control_settle(Control *control);

/* A listening stream socket at a path; used for links too. */
int control_listen(const char *path);
