/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One question to a relay's control socket, without waiting for the answer (mirror-relay(8)).
 */

#include "common/cleanup.h"

#include <stdint.h>
#include <systemd/sd-event.h>

#define RELAY_ANSWER_USEC (5 * 1000 * 1000ULL)

typedef struct RelayStatus {
        char state[16];
        uint16_t port;
        uint64_t to_target, from_target, limit;
        uint64_t owed_msec, stall_msec; /* 0 from a relay that does not know them yet */
} RelayStatus;

typedef struct RelayQuestion RelayQuestion;

/*
 * r: 0 and the status, of "status"; 0 and NULL of others; -ENOENT or -ECONNREFUSED: there is no
 * relay; -ETIMEDOUT, -EPROTO. The question is over and freed by then.
 */
typedef void (*RelayFunc)(void *userdata, int r, const RelayStatus *status);

/* func is called later, if this succeeds. */
int relay_ask(sd_event *event, const char *socket, const char *request, RelayFunc func,
              void *userdata, RelayQuestion **ret);

/* Of one that has not been answered: nobody is called. */
RelayQuestion *relay_question_free(RelayQuestion *question);
DEFINE_CLEANUP(RelayQuestion *, relay_question_free);

/* -EPROTO for what is no answer. */
int relay_parse_status(const char *answer, RelayStatus *ret);
