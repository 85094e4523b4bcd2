/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One packet to a program of ours and one that comes back, without waiting for it: to a relay, a
 * verifier, mirror-storage. What is asked and what the answer means is the caller's business.
 */

#include "common/cleanup.h"

#include <stdint.h>
#include <systemd/sd-event.h>

#define QUESTION_ANSWER_MAX 2048

typedef struct Question Question;

/*
 * r: 0 and the answer; -EPROTO and one that begins with "error"; -ECONNREFUSED: it went without a
 * word; -ETIMEDOUT; or what the socket says. The question is over and freed by then.
 */
typedef void (*QuestionFunc)(void *userdata, int r, const char *answer);

/* func is called later, if this succeeds. Fails as socket_connect() does. */
int question_ask(sd_event *event, const char *socket, const char *text, uint64_t timeout_usec,
                 QuestionFunc func, void *userdata, Question **ret);

/* Of one that has not been answered: nobody is called. */
Question *question_free(Question *question);
DEFINE_CLEANUP(Question *, question_free);
