/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to multipathd over its socket, one after the other and without waiting: the answer
 * comes by callback. Each question is a connection of its own. Asks only; multipath is never
 * configured (S2.3).
 */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/* In the abstract name space (multipath-tools, DEFAULT_SOCKET). */
#define MULTIPATHD_SOCKET "/org/kernel/linux/storage/multipathd"

/* 500 maps with 4 paths each are 1.3 MB of JSON. */
#define MULTIPATHD_REPLY_MAX (64 * 1024 * 1024)
#define MULTIPATHD_TIMEOUT_USEC (10 * 1000 * 1000ULL)

/*
 * r < 0: no answer: -ENOENT or -ECONNREFUSED when it does not run, -ETIMEDOUT, -EMSGSIZE, -EPERM
 * when whoever listens there is not root's. text has a NUL behind it.
 */
typedef void (*MultipathdFunc)(int r, const char *text, size_t size, void *userdata);

typedef struct Multipathd Multipathd;

/* socket is a name in the abstract name space, MULTIPATHD_SOCKET but in tests. */
int multipathd_new(sd_event *event, const char *socket, MultipathdFunc func, void *userdata,
                   Multipathd **ret);
Multipathd *multipathd_free(Multipathd *multipathd);

bool multipathd_is_busy(const Multipathd *multipathd);

/* -EBUSY while a question is open. When it fails at once the callback is not called. */
int multipathd_ask(Multipathd *multipathd, const char *question);
