/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attempt.h"

#include <errno.h>
#include <stdlib.h>

static const char *const result_texts[ATTEMPT_RESULT_COUNT] = {
        [ATTEMPT_ACCEPTED] = "accepted",
        [ATTEMPT_REJECTED_DUPLICATE] = "rejected: logged in elsewhere",
        [ATTEMPT_REJECTED_NO_NPIV] = "rejected: no NPIV here",
        [ATTEMPT_REJECTED_LIMIT] = "rejected: too many ports",
        [ATTEMPT_REJECTED_NO_PHYSICAL] = "rejected: FDISC before FLOGI",
        [ATTEMPT_REJECTED_NAME] = "rejected: not a port name",
        [ATTEMPT_REJECTED_FAULT] = "rejected: fault",
};

const char *attempt_result_text(AttemptResult result) {
        return result_texts[result];
}

int attempt_log_init(AttemptLog *log) {
        *log = (AttemptLog){ .kept = calloc(ATTEMPTS_KEPT, sizeof *log->kept) };
        return log->kept ? 0 : -ENOMEM;
}

void attempt_log_done(AttemptLog *log) {
        free(log->kept);
        log->kept = NULL;
}

void attempt_log_add(AttemptLog *log, const Attempt *attempt) {
        log->kept[log->total % ATTEMPTS_KEPT] = *attempt;
        log->total++;
        log->total_by_result[attempt->result]++;
        log->total_duplicates += attempt->is_duplicate;
}

size_t attempt_log_count(const AttemptLog *log) {
        return log->total < ATTEMPTS_KEPT ? (size_t) log->total : ATTEMPTS_KEPT;
}

const Attempt *attempt_log_get(const AttemptLog *log, size_t i) {
        return &log->kept[(log->total - attempt_log_count(log) + i) % ATTEMPTS_KEPT];
}

uint64_t attempt_log_count_name(const AttemptLog *log, uint64_t port_name, bool duplicates_only) {
        uint64_t count = 0;

        for (size_t i = 0; i < attempt_log_count(log); i++) {
                const Attempt *attempt = attempt_log_get(log, i);

                count += attempt->port_name == port_name &&
                         (attempt->is_duplicate || !duplicates_only);
        }
        return count;
}
