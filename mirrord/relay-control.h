/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One question to the control socket of a relay or a verifier, without waiting for the answer
 * (mirror-relay(8), mirror-verify(8)).
 */

#include "common/cleanup.h"

#include <stdint.h>
#include <systemd/sd-event.h>

#define RELAY_ANSWER_USEC (5 * 1000 * 1000ULL)

typedef struct RelayStatus {
        char state[16];
        uint16_t port;
        uint64_t to_target, from_target, limit;
        /* 0 from a relay that does not know them yet. */
        uint64_t owed_msec, stall_msec, rtt_usec;
} RelayStatus;

typedef struct VerifyStatus {
        char state[16];
        uint16_t port;
        uint64_t done, total, n_different, n_unsettled;
} VerifyStatus;

typedef struct RelayQuestion RelayQuestion;

/*
 * r: 0 and the answer; -ENOENT or -ECONNREFUSED: nobody is there; -ETIMEDOUT; -EPROTO: it was
 * refused. The question is over and freed by then.
 */
typedef void (*RelayFunc)(void *userdata, int r, const char *answer);

/* func is called later, if this succeeds. */
int relay_ask(sd_event *event, const char *socket, const char *request, RelayFunc func,
              void *userdata, RelayQuestion **ret);

/* Of one that has not been answered: nobody is called. */
RelayQuestion *relay_question_free(RelayQuestion *question);
DEFINE_CLEANUP(RelayQuestion *, relay_question_free);

/* Of "status". -EPROTO for what is no answer to it. */
int relay_parse_status(const char *answer, RelayStatus *ret);
int verify_parse_status(const char *answer, VerifyStatus *ret);
