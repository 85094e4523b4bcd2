/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A job: what it is about, how far it is, how it ended and what came of it. What it does is its
 * kind's; how many there may be is jobs.h's; how it looks on the bus is job-bus.h's.
 */

#include "lunwatch/job/condition.h"
#include "lunwatch/usage/use.h"

#include <sys/queue.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

typedef enum JobState {
        JOB_RUNNING,
        JOB_DONE,
        JOB_FAILED,
        JOB_CANCELLED,
        _JOB_STATE_MAX,
} JobState;

/* "running", "done", "failed", "cancelled" */
const char *job_state_text(JobState state);

/* As many paths as a result may have. */
#define JOB_PATHS_MAX 1000

typedef struct JobResult {
        Path **paths; /* copies */
        size_t n_paths;
        char **devices; /* ends with NULL, or is NULL */
        size_t n_devices;
        UseList uses;
        bool has_paths, has_devices, has_uses;
} JobResult;

typedef struct Job Job;
typedef struct Jobs Jobs;

typedef struct JobKind {
        const char *name;
        bool is_shared;  /* the same, asked for while it runs, is one job */
        bool is_private; /* of the same user only, who alone may see what came of it */
        /* Whatever happens, it ends: by job_finish() or job_fail(), now or later. */
        void (*start)(Job *job);
        void (*check)(Job *job); /* paths or maps have changed; or NULL */
        void (*expire)(Job *job);
        /* For people, when somebody cancels it: "LUN 0 was not found yet."; or NULL */
        const char *(*tell_cancelled)(const Job *job);
        void (*free_work)(void *work); /* or NULL */
} JobKind;

struct Job {
        TAILQ_ENTRY(Job) jobs;
        Jobs *all;
        const JobKind *kind;
        uint32_t number;
        uint32_t uid;
        JobState state;
        const char *cause; /* a literal */
        char *subject;
        char *message, *step;                             /* never NULL */
        uint64_t started_usec, ended_usec, deadline_usec; /* CLOCK_REALTIME */
        uint64_t expires_usec;                            /* CLOCK_MONOTONIC */
        sd_event_source *timer;                           /* its deadline, then its time to go */
        Condition condition;                              /* of what waits for one */
        void *work;                                       /* the kind's, gone after the end */
        JobResult result;
};

Job *job_free(Job *job);
DEFINE_CLEANUP(Job *, job_free);

/* What it is doing now. */
void job_step(Job *job, const char *format, ...) _printf_(2, 3);

/* Ends it, after which its work is gone. cause: one of the words in the interface; others are
 * "helper-failed". */
void job_finish(Job *job);
void job_fail(Job *job, const char *cause, const char *format, ...) _printf_(3, 4);
void job_cancel(Job *job);

/* For its result. A path that cannot be kept for want of memory is missing. */
void job_keep_paths(Job *job, const Path *const *paths, size_t n_paths);
void job_keep_device(Job *job, const char *device);

/* A use as lun-act tells it: kind, object, device, words. */
void job_keep_use(Job *job, const char *const *fields);
