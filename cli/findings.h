/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What npivot doctor finds: a fault each, and the command that comes next. Finds nothing itself.
 */

#include "cli/json.h"

#include <stddef.h>

typedef struct Finding {
        char *kind;   /* "quarantined", "missing", … */
        char *object; /* that it is about */
        char *what;
        char *next;
        uint64_t since_usec; /* CLOCK_REALTIME; 0: not known */
} Finding;

typedef struct Findings {
        Finding *list;
        size_t n;
} Findings;

/* Takes the last two over; NULL is a failed allocation. A negative errno. */
int findings_add(Findings *findings, const char *kind, const char *object, uint64_t since_usec,
                 char *next, char *what);

/* asprintf() that returns NULL without memory. */
char *text(const char *format, ...) _printf_(1, 2);

void findings_done(Findings *findings);

int findings_print(const Findings *findings);
Json *findings_to_json(const Findings *findings);
