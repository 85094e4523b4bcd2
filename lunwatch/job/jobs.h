/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All jobs: how many there may be, when each must end, how long it stays afterwards, and who is
 * told. Everything here is in memory: what must survive is not a job's.
 */

#include "lunwatch/job/job.h"
#include "lunwatch/path/inventory.h"
#include "lunwatch/tell.h"
#include "lunwatch/usage/usage.h"

#define JOBS_RUNNING_MAX 64
#define JOBS_USER_MAX 16 /* running, of a user other than root; and ended, of any */
#define JOBS_KEEP_USEC (60 * 1000 * 1000ULL)
#define JOBS_KEPT_MAX 256
#define JOBS_TIMEOUT_MAX_USEC (3600 * 1000 * 1000ULL)

typedef struct JobsObserver {
        void (*on_added)(void *userdata, Job *job);
        void (*on_step)(void *userdata, Job *job);
        void (*on_end)(void *userdata, Job *job);
        void (*on_removed)(void *userdata, Job *job);
        void *userdata;
} JobsObserver;

struct Jobs {
        sd_event *event; /* this and the following are borrowed */
        Inventory *inventory;
        const MapTable *maps;
        const Usage *usage;
        Tell *tell;         /* for changes of the inventory that a job makes */
        const char *socket; /* of lun-act */
        JobsObserver observer;

        uint64_t keep_usec;     /* how long those stay that have ended */
        TAILQ_HEAD(, Job) list; /* in the order in which they began */
        size_t n_running;
        uint32_t last_number;
};

/* A job that is to be. What is in it is taken over by jobs_begin() in any case. */
typedef struct JobSpec {
        const JobKind *kind;
        char *subject;
        Condition condition;
        void *work;
        uint64_t timeout_usec;
        uint32_t uid;
} JobSpec;

void job_spec_done(JobSpec *spec);

void jobs_init(Jobs *jobs);
void jobs_done(Jobs *jobs);

/*
 * Begins a job, or finds the same one that runs. -EUSERS when its user, -ENFILE when everybody
 * together has too many. It may have ended when this returns.
 */
int jobs_begin(Jobs *jobs, JobSpec *spec, Job **ret);

/* NULL when there is none (any more). */
Job *jobs_find(const Jobs *jobs, uint32_t number);

/* Paths or maps have changed. */
void jobs_check(Jobs *jobs);

/* CLOCK_MONOTONIC, as of this turn of the loop. */
uint64_t jobs_now(const Jobs *jobs);

/* What is left of the job's time. */
uint64_t jobs_left(const Job *job);

/* For job.c. */
void jobs_note_step(Job *job);
void jobs_note_end(Job *job);
