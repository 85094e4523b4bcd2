/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What npivot lun watch follows of one kind: what it was told last, and what is to be printed when
 * a list or a signal says something else. Where lists and signals come from is lun-watch.c's.
 */

#include "cli/watch-memory.h"
#include "cli/watch-record.h"

typedef struct Topic {
        const RecordKind *kind;
        Client *client;
        bool prints_json;
        Memory memory;
        bool is_known; /* listed at least once */
        bool is_first_page;
        uint64_t begin;      /* generation when the last list began */
        uint64_t generation; /* of the last signal or page */
        int error;           /* of printing: nobody reads any more */
} Topic;

/*
 * Lists everything, and prints what is different from what was known, if anything was. What
 * lunwatch is too old for is no failure. A negative errno with the error filled in.
 */
int topic_list(Topic *topic, sd_bus_error *error);

/* The same for the whole of the path debt in a signal. */
int topic_read_debts(Topic *topic, sd_bus_message *signal);

/* A change in a signal: prints it, unless a list has told it already. A negative errno. */
int topic_tell(Topic *topic, uint64_t generation, const char *change, const char *cause,
               const Record *record);
