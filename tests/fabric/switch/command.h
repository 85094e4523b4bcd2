/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands of the control socket: one line in, an answer or an error in words out. How lines
 * come and answers go, and who waits for what, is control.c's.
 */

#include "fabric.h"

typedef enum WaitKind {
        WAIT_NONE,
        WAIT_PRESENT,
        WAIT_ABSENT,
        WAIT_REGISTERED,
        WAIT_ON_LINK,
        WAIT_ATTEMPTS,
        WAIT_DUPLICATES,
} WaitKind;

/* What a "wait" command waits for; control.c asks wait_is_over() after every change. */
typedef struct Wait {
        WaitKind kind;
        uint64_t port_name;
        uint64_t count;
        unsigned link_number;
        uint64_t timeout_msec;
} Wait;

typedef struct Request {
        Fabric *fabric;
        char **words;
        size_t n_words;
        bool json;
        FILE *out;       /* the answer */
        char error[256]; /* set when the command fails */
        Wait wait;       /* kind is WAIT_NONE unless there is no answer yet */
} Request;

/* Runs one line; changes it. 0, or a negative errno with request->error set. */
int command_run(Request *request, char *line);

bool wait_is_over(const Fabric *fabric, const Wait *wait);
