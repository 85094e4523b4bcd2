/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/job.h"

#include "common/escape.h"
#include "lunwatch/job/jobs.h"

#include <stdarg.h>
#include <string.h>

static const char *const state_texts[_JOB_STATE_MAX] = {
        [JOB_RUNNING] = "running",
        [JOB_DONE] = "done",
        [JOB_FAILED] = "failed",
        [JOB_CANCELLED] = "cancelled",
};

const char *job_state_text(JobState state) {
        return state_texts[state];
}

static const char *intern_cause(const char *cause) {
        static const char *const causes[] = {
                "timeout",       "busy",        "no-such-object", "quarantined",
                "access-denied", "still-there", "nothing-found",  "cancelled",
        };

        for (size_t i = 0; i < ARRAY_LEN(causes); i++)
                if (strcmp(causes[i], cause) == 0)
                        return causes[i];

        return "helper-failed";
}

static void result_done(JobResult *result) {
        for (size_t i = 0; i < result->n_paths; i++)
                (void) path_free(result->paths[i]);
        for (size_t i = 0; i < result->n_devices; i++)
                free(result->devices[i]);
        free(result->paths);
        free(result->devices);
        use_list_done(&result->uses);
        *result = (JobResult){ 0 };
}

static void free_work(Job *job) {
        if (job->work && job->kind->free_work)
                job->kind->free_work(job->work);
        job->work = NULL;
}

Job *job_free(Job *job) {
        if (!job)
                return NULL;

        free_work(job);
        (void) sd_event_source_disable_unref(job->timer);
        condition_done(&job->condition);
        result_done(&job->result);
        free(job->subject);
        free(job->message);
        free(job->step);
        free(job);
        return NULL;
}

/* On failure the old text stays: it is for people. */
static void set_text(char **text, const char *format, va_list ap)
        __attribute__((format(printf, 2, 0)));
static void set_text(char **text, const char *format, va_list ap) {
        char *now;

        if (vasprintf(&now, format, ap) < 0)
                return;
        free(*text);
        *text = escape_in_place(now);
}

static void clear_text(char *text) {
        *text = '\0';
}

void job_step(Job *job, const char *format, ...) {
        _cleanup_free_ char *before = TAKE_PTR(job->step);
        va_list ap;

        va_start(ap, format);
        set_text(&job->step, format, ap);
        va_end(ap);
        if (!job->step)
                job->step = TAKE_PTR(before);
        else if (strcmp(job->step, before) != 0)
                jobs_note_step(job);
}

static void end(Job *job, JobState state, const char *cause) {
        job->state = state;
        job->cause = cause;
        clear_text(job->step);
        free_work(job);
        jobs_note_end(job);
}

void job_finish(Job *job) {
        end(job, JOB_DONE, "");
}

void job_fail(Job *job, const char *cause, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        set_text(&job->message, format, ap);
        va_end(ap);
        end(job, JOB_FAILED, intern_cause(cause));
}

static void set_message(Job *job, const char *format, ...) _printf_(2, 3);
static void set_message(Job *job, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        set_text(&job->message, format, ap);
        va_end(ap);
}

void job_cancel(Job *job) {
        const char *words = "It was cancelled.";

        if (job->state != JOB_RUNNING)
                return;
        if (job->kind->tell_cancelled)
                words = job->kind->tell_cancelled(job);
        set_message(job, "%s", words);
        end(job, JOB_CANCELLED, "cancelled");
}

void job_keep_paths(Job *job, const Path *const *paths, size_t n_paths) {
        JobResult *result = &job->result;

        result->has_paths = true;
        if (n_paths == 0)
                return;
        result->paths = calloc(n_paths, sizeof *result->paths);
        for (size_t i = 0; result->paths && i < n_paths; i++)
                if (path_copy(paths[i], result->paths + result->n_paths) >= 0)
                        result->n_paths++;
}

void job_keep_device(Job *job, const char *device) {
        JobResult *result = &job->result;
        char **devices;

        devices = reallocarray(result->devices, result->n_devices + 2, sizeof *devices);
        if (!devices)
                return;
        result->devices = devices;
        devices[result->n_devices] = strdup(device);
        if (devices[result->n_devices])
                (void) escape_in_place(devices[result->n_devices++]);
        devices[result->n_devices] = NULL;
}

/* Uses are compared by their literal. */
static const char *intern_kind(const char *kind) {
        static const char *const kinds[] = {
                "signature", "process", "domain", "mount",     "swap",   "lvm",
                "md",        "map",     "loop",   "partition", "holder",
        };

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (strcmp(kinds[i], kind) == 0)
                        return kinds[i];

        return "holder";
}

void job_keep_use(Job *job, const char *const *fields) {
        job->result.has_uses = true;
        (void) use_list_add(&job->result.uses, intern_kind(fields[0]), fields[1], fields[2], "%s",
                            fields[3]);
}
