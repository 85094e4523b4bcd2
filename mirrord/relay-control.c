/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay-control.h"

#include <inttypes.h>

int relay_parse_status(const char *text, RelayStatus *ret) {
        RelayStatus status = { 0 };
        int end = 0;

        /* The end is where the last one that there is ends. */
        (void) sscanf(text,
                      "status %15[a-z] %" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n %" SCNu64
                      " %" SCNu64 "%n %" SCNu64 "%n",
                      status.state, &status.port, &status.to_target, &status.from_target,
                      &status.limit, &end, &status.owed_msec, &status.stall_msec, &end,
                      &status.rtt_usec, &end);
        if (end == 0 || text[end] != '\0')
                return -EPROTO;

        *ret = status;
        return 0;
}

int verify_parse_status(const char *text, VerifyStatus *ret) {
        VerifyStatus status = { 0 };
        int end = 0, n;

        n = sscanf(text,
                   "status %15[a-z] %" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                   "%n %" SCNu64 "%n",
                   status.state, &status.port, &status.done, &status.total, &status.n_different,
                   &status.n_unsettled, &end, &status.n_untold, &end);
        if (end == 0 || text[end] != '\0')
                return -EPROTO;
        if (n == 6)
                status.n_untold = status.n_unsettled;

        *ret = status;
        return 0;
}

int relay_ask(sd_event *event, const char *socket, const char *request, QuestionFunc func,
              void *userdata, Question **ret) {
        return question_ask(event, socket, request, RELAY_ANSWER_USEC, func, userdata, ret);
}
