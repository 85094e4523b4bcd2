/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/client.h"
#include "lunwatch/job/kinds.h"

#include <string.h>

#define TIMEOUT_USEC (60 * 1000 * 1000ULL)

typedef char DeviceName[MAP_DEVICE_MAX];

typedef struct Inspection {
        Job *job;
        char *name; /* as it was given */
        Act *act;
} Inspection;

static void free_inspection(void *work) {
        Inspection *inspection = work;

        (void) act_free(inspection->act);
        free(inspection->name);
        free(inspection);
}

/* The same disk over another path says the same: one line is enough. */
static bool has_signature(const UseList *uses, const char *object) {
        for (size_t i = 0; i < uses->n; i++)
                if (strcmp(uses->items[i].kind, "signature") == 0 &&
                    strcmp(uses->items[i].object, object) == 0)
                        return true;

        return false;
}

static void on_line(void *userdata, ActLine line, const char *const *fields) {
        const Inspection *inspection = userdata;
        Job *job = inspection->job;

        if (line == ACT_STEP)
                job_step(job, "%s", fields[0]);
        if (line != ACT_USE)
                return;
        if (strcmp(fields[0], "signature") != 0 || !has_signature(&job->result.uses, fields[1]))
                job_keep_use(job, fields);
}

static void on_end(void *userdata, const char *cause, const char *words) {
        const Inspection *inspection = userdata;

        if (cause)
                job_fail(inspection->job, cause, "%s", words);
        else
                job_finish(inspection->job);
}

/* The map first, since it answers while one of the paths may not. */
static size_t list_devices(const Found *found, const char *names[static ACT_DEVICES_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < found->n_maps && n < ACT_DEVICES_MAX; i++)
                if (found->kind == FOUND_MAP || map_is_multipath(found->maps[i]))
                        names[n++] = found->maps[i]->device;
        for (size_t i = 0; i < found->n_paths && n < ACT_DEVICES_MAX; i++)
                if (path_has_disk(found->paths[i]))
                        names[n++] = path_name(found->paths[i]);

        return n;
}

/* What is known without opening anything. */
static int add_known_uses(Job *job, const Found *found) {
        _cleanup_(use_list_done) UseList uses = { 0 };
        int r;

        r = usage_of(job->all->usage, found, &uses);
        if (r < 0)
                return r;

        use_list_done(&job->result.uses);
        job->result.uses = uses;
        uses = (UseList){ 0 };
        return 0;
}

static int ask(Inspection *inspection, const Found *found) {
        const ActHandler handler = { on_line, on_end, inspection };
        const char *names[ACT_DEVICES_MAX];
        const Job *job = inspection->job;
        size_t n = list_devices(found, names);

        if (n == 0)
                return -ENODEV;

        return act_start(job->all->event, job->all->socket, "inspect", jobs_left(job), names, n,
                         &handler, &inspection->act);
}

static void start(Job *job) {
        _cleanup_(found_done) Found found = { 0 };
        Inspection *inspection = job->work;
        int r;

        inspection->job = job;
        job->result.has_uses = true;
        r = find_object(job->all->inventory, job->all->maps, inspection->name, &found);
        if (r >= 0)
                r = add_known_uses(job, &found);
        if (r < 0) {
                job_fail(job, "no-such-object", "%s has gone meanwhile.", inspection->name);
                return;
        }

        job_step(job, "looking for signatures and processes");
        r = ask(inspection, &found);
        if (r == -ENODEV)
                job_fail(job, "no-such-object", "%s has no disk that could be looked into.",
                         inspection->name);
        else if (r < 0)
                job_fail(job, "helper-failed", "%s", act_start_words(r));
}

static void expire(Job *job) {
        job_fail(job, "timeout", "lun-act is not through with %s: a read may hang.", job->subject);
}

/* Of what may be inspected, a word in which all its names are one. */
static int make_subject(const Found *found, char **ret) {
        HctlString buf;
        int r;

        if (found->n_paths == 0 || found->kind == FOUND_INITIATOR || found->kind == FOUND_TARGET)
                return -ENOENT;
        if (found->kind == FOUND_LUN)
                *ret = strdup(path_wwid(found->paths[0]));
        else {
                r = asprintf(ret, "%s%s", *found->device ? "/dev/" : "",
                             *found->device ? found->device
                                            : hctl_format(&found->paths[0]->key.hctl, buf));
                if (r < 0)
                        return -ENOMEM;
        }

        return *ret ? 0 : -ENOMEM;
}

int job_inspect_spec(const Jobs *jobs, const char *name, JobSpec *ret) {
        static const JobKind kind = {
                .name = "inspect",
                .is_shared = true,
                .is_private = true,
                .start = start,
                .expire = expire,
                .free_work = free_inspection,
        };
        _cleanup_(found_done) Found found = { 0 };
        _cleanup_(job_spec_done) JobSpec spec = { .kind = &kind, .timeout_usec = TIMEOUT_USEC };
        Inspection *inspection;
        int r;

        r = find_object(jobs->inventory, jobs->maps, name, &found);
        if (r >= 0)
                r = make_subject(&found, &spec.subject);
        if (r < 0)
                return r;

        inspection = spec.work = calloc(1, sizeof *inspection);
        if (!inspection)
                return -ENOMEM;
        inspection->name = strdup(name);
        if (!inspection->name)
                return -ENOMEM;

        *ret = spec;
        spec = (JobSpec){ 0 };
        return 0;
}
