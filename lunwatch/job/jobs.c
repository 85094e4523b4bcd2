/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/jobs.h"

#include "common/log.h"

#include <string.h>

#define ACCURACY_USEC (1000ULL)

void job_spec_done(JobSpec *spec) {
        if (spec->work && spec->kind->free_work)
                spec->kind->free_work(spec->work);
        condition_done(&spec->condition);
        free(spec->subject);
        *spec = (JobSpec){ 0 };
}

static uint64_t now_usec(const Jobs *jobs, clockid_t clock) {
        uint64_t now = 0;

        (void) sd_event_now(jobs->event, clock, &now);
        return now;
}

uint64_t jobs_now(const Jobs *jobs) {
        return now_usec(jobs, CLOCK_MONOTONIC);
}

uint64_t jobs_left(const Job *job) {
        uint64_t now = jobs_now(job->all);

        return job->expires_usec > now ? job->expires_usec - now : 0;
}

void jobs_init(Jobs *jobs) {
        TAILQ_INIT(&jobs->list);
        jobs->keep_usec = JOBS_KEEP_USEC;
}

static void drop(Job *job) {
        Jobs *jobs = job->all;

        jobs->observer.on_removed(jobs->observer.userdata, job);
        TAILQ_REMOVE(&jobs->list, job, jobs);
        jobs->n_running -= job->state == JOB_RUNNING;
        (void) job_free(job);
}

/* Without a word: the connection goes as well. */
void jobs_done(Jobs *jobs) {
        Job *job;

        while ((job = TAILQ_FIRST(&jobs->list))) {
                TAILQ_REMOVE(&jobs->list, job, jobs);
                (void) job_free(job);
        }
}

Job *jobs_find(const Jobs *jobs, uint32_t number) {
        Job *job;

        TAILQ_FOREACH(job, &jobs->list, jobs)
                if (job->number == number)
                        return job;

        return NULL;
}

static Job *find_same(const Jobs *jobs, const JobSpec *spec) {
        Job *job;

        TAILQ_FOREACH(job, &jobs->list, jobs)
                if (job->state == JOB_RUNNING && job->kind == spec->kind &&
                    (!job->kind->is_private || job->uid == spec->uid) &&
                    strcmp(job->subject, spec->subject) == 0)
                        return job;

        return NULL;
}

static int check_limits(const Jobs *jobs, uint32_t uid) {
        size_t n = 0;
        Job *job;

        if (jobs->n_running >= JOBS_RUNNING_MAX)
                return -ENFILE;
        TAILQ_FOREACH(job, &jobs->list, jobs)
                n += job->state == JOB_RUNNING && job->uid == uid;

        return uid != 0 && n >= JOBS_USER_MAX ? -EUSERS : 0;
}

/* The oldest that have ended make room, those of the same user first. */
static void make_room(Jobs *jobs, uint32_t uid) {
        Job *job, *oldest = NULL, *own = NULL;
        size_t n = 0, n_own = 0;

        TAILQ_FOREACH(job, &jobs->list, jobs) {
                if (job->state == JOB_RUNNING)
                        continue;
                n++;
                n_own += job->uid == uid;
                oldest = oldest ? oldest : job;
                if (!own && job->uid == uid)
                        own = job;
        }

        if (n_own > JOBS_USER_MAX)
                drop(own);
        else if (n > JOBS_KEPT_MAX)
                drop(oldest);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Job *job = userdata;

        if (job->state == JOB_RUNNING)
                job->kind->expire(job);
        else
                drop(job);
        return 0;
}

static int start_timer(Job *job, uint64_t timeout_usec) {
        Jobs *jobs = job->all;

        job->started_usec = now_usec(jobs, CLOCK_REALTIME);
        job->deadline_usec = job->started_usec + timeout_usec;
        job->expires_usec = jobs_now(jobs) + timeout_usec;
        return sd_event_add_time(jobs->event, &job->timer, CLOCK_MONOTONIC, job->expires_usec,
                                 ACCURACY_USEC, on_timer, job);
}

static int new_job(Jobs *jobs, JobSpec *spec, Job **ret) {
        _cleanup_(job_freep) Job *job = NULL;
        int r;

        job = calloc(1, sizeof *job);
        if (!job)
                return -ENOMEM;
        *job = (Job){
                .all = jobs,
                .kind = spec->kind,
                .uid = spec->uid,
                .cause = "",
                .subject = TAKE_PTR(spec->subject),
                .message = strdup(""),
                .step = strdup(""),
                .condition = spec->condition,
                .work = TAKE_PTR(spec->work),
        };
        spec->condition = (Condition){ 0 };
        if (!job->message || !job->step)
                return -ENOMEM;
        r = start_timer(job, spec->timeout_usec);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(job);
        return 0;
}

static int begin(Jobs *jobs, JobSpec *spec, Job **ret) {
        Job *job;
        int r;

        if (!spec->subject)
                return -ENOMEM;
        job = spec->kind->is_shared ? find_same(jobs, spec) : NULL;
        if (job) {
                *ret = job;
                return 0;
        }
        r = check_limits(jobs, spec->uid);
        if (r >= 0)
                r = new_job(jobs, spec, &job);
        if (r < 0)
                return r;

        job->number = ++jobs->last_number;
        TAILQ_INSERT_TAIL(&jobs->list, job, jobs);
        jobs->n_running++;
        jobs->observer.on_added(jobs->observer.userdata, job);
        job->kind->start(job);
        make_room(jobs, job->uid);

        *ret = job;
        return 0;
}

int jobs_begin(Jobs *jobs, JobSpec *spec, Job **ret) {
        int r;

        r = begin(jobs, spec, ret);
        job_spec_done(spec);
        return r;
}

/* None is removed by that: they only end. */
void jobs_check(Jobs *jobs) {
        Job *job;

        TAILQ_FOREACH(job, &jobs->list, jobs)
                if (job->state == JOB_RUNNING && job->kind->check)
                        job->kind->check(job);
}

void jobs_note_step(Job *job) {
        job->all->observer.on_step(job->all->observer.userdata, job);
}

static void log_end(const Job *job) {
        /* Everybody may wait: nobody shall fill the journal with it. */
        if (!job->kind->is_shared)
                return;
        if (job->state == JOB_DONE)
                log_info("Job %u (%s %s) is done.", job->number, job->kind->name, job->subject);
        else
                log_message(LOG_NOTICE, "Job %u (%s %s) has %s: %s", job->number, job->kind->name,
                            job->subject, job->state == JOB_FAILED ? "failed" : "been cancelled",
                            job->message);
}

void jobs_note_end(Job *job) {
        Jobs *jobs = job->all;
        int r;

        jobs->n_running--;
        job->ended_usec = now_usec(jobs, CLOCK_REALTIME);
        log_end(job);
        jobs->observer.on_end(jobs->observer.userdata, job);

        r = sd_event_source_set_time(job->timer, jobs_now(jobs) + jobs->keep_usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(job->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Job %u will stay: %m", job->number);
}
