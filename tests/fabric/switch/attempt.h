/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The book of logins: every FLOGI and FDISC that reached the switch, with its outcome. The newest
 * ATTEMPTS_KEPT are kept word for word; the totals never forget.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTEMPTS_KEPT 8192

typedef enum AttemptResult {
        ATTEMPT_ACCEPTED,
        ATTEMPT_REJECTED_DUPLICATE,
        ATTEMPT_REJECTED_NO_NPIV,
        ATTEMPT_REJECTED_LIMIT,
        ATTEMPT_REJECTED_NO_PHYSICAL,
        ATTEMPT_REJECTED_NAME,
        ATTEMPT_REJECTED_FAULT,
        ATTEMPT_RESULT_COUNT,
} AttemptResult;

typedef struct Attempt {
        uint64_t time_msec; /* since the switch began */
        uint64_t port_name;
        unsigned link_number;
        bool is_fdisc;
        /* The name was logged in elsewhere at that moment, whatever was done about it. */
        bool is_duplicate;
        AttemptResult result;
        uint8_t reason;
        uint8_t explanation;
        uint32_t id; /* when accepted */
} Attempt;

typedef struct AttemptLog {
        Attempt *kept;
        uint64_t total;
        uint64_t total_by_result[ATTEMPT_RESULT_COUNT];
        uint64_t total_duplicates;
        /* A name logged in while it was logged in elsewhere too: only with policy "allow". */
        uint64_t total_logged_in_twice;
} AttemptLog;

const char *attempt_result_text(AttemptResult result);

int attempt_log_init(AttemptLog *log);
void attempt_log_done(AttemptLog *log);
void attempt_log_add(AttemptLog *log, const Attempt *attempt);
/* The i-th of those kept, oldest first. */
size_t attempt_log_count(const AttemptLog *log);
const Attempt *attempt_log_get(const AttemptLog *log, size_t i);

/* Among those kept; duplicates_only counts only those made while the name was logged in elsewhere.
 */
uint64_t attempt_log_count_name(const AttemptLog *log, uint64_t port_name, bool duplicates_only);
