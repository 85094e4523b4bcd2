/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs of lunwatch: asked for, followed to their end, cancelled by Ctrl-C. What a job is for and
 * what its result looks like is the business of the verb. vhba-job.h has systemd's jobs.
 */

#include "cli/client.h"

#include <stdint.h>

typedef struct JobRequest {
        const char *method;
        const char *what;    /* "wait for LUN 0": goes on after "Cannot …" */
        const char *subject; /* begins the lines that tell how far it is */
        /* timeout_usec is what is left of it */
        int (*append)(sd_bus_message *call, const void *question, uint64_t timeout_usec);
        const void *question;
        uint64_t timeout_usec;
        bool is_repeatable; /* harmless to ask for again when lunwatch has restarted */
} JobRequest;

typedef struct Job {
        char *object;
        char *state;
        char *cause;
        char *message;
        char *step;
        sd_bus_message *result; /* at the a{sv}; NULL when there is none */
} Job;

/*
 * Runs one to its end. 0 when it is done, EXIT_FAILURE after a complaint with cause and next step
 * when it failed, was refused or cancelled, or a negative errno.
 */
int job_run(Client *client, const JobRequest *request, Job *ret);

/* For verbs: connects, runs it, and prints its result. Returns as verbs do. */
int job_run_and_print(Client *client, const JobRequest *request,
                      int (*print)(const Client *client, const Job *job));

/* Runs one without a word: > 0 when it is done, 0 when there is no result. */
int job_try(Client *client, const JobRequest *request, Job *ret);

void job_done(Job *job);

/* Goes to one entry of the result, once. > 0 when it is there: what comes next is of that type. */
int job_enter_result(const Job *job, const char *key, const char *type);
