/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to the control socket of a relay or a verifier (mirror-relay(8), mirror-verify(8)).
 */

#include "mirrord/question.h"

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
        /* n_untold of the unsettled are different for all that was seen; all, from a verifier that
         * does not tell. */
        uint64_t done, total, n_different, n_unsettled, n_untold;
} VerifyStatus;

/* As question_ask(). -ENOENT, -ECONNREFUSED: nobody is there; -EPROTO: it was refused. */
int relay_ask(sd_event *event, const char *socket, const char *request, QuestionFunc func,
              void *userdata, Question **ret);

/* Of "status". -EPROTO for what is no answer to it. */
int relay_parse_status(const char *answer, RelayStatus *ret);
int verify_parse_status(const char *answer, VerifyStatus *ret);
