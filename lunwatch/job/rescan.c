/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/kinds.h"
#include "lunwatch/job/scan-run.h"

#include <string.h>

/* How long udev may take over what was found, and how often that is looked at. */
#define SETTLE_USEC (10 * 1000 * 1000ULL)
#define LOOK_USEC (20 * 1000ULL)

typedef enum Width {
        WIDTH_LUN,
        WIDTH_TARGET,
        WIDTH_HOST,
} Width;

typedef struct Rescan {
        Job *job;
        ScanTargets targets;
        ScanRun run;
        Width width;
        bool is_read_again;
        sd_event_source *settling; /* until what was found is known; NULL: not yet */
        uint64_t settle_until_usec;
        const char *cause; /* of the first request that failed */
        char *words;
} Rescan;

static void begin_width(Rescan *rescan);

static void free_rescan(void *work) {
        Rescan *rescan = work;

        scan_run_done(&rescan->run);
        (void) sd_event_source_disable_unref(rescan->settling);
        free(rescan->words);
        free(rescan);
}

static size_t find_paths(const Job *job, const Path *paths[static JOB_PATHS_MAX]) {
        return condition_paths(&job->condition, &job->all->inventory->index, paths, JOB_PATHS_MAX);
}

static bool has_disk(const Path *const *paths, size_t n_paths) {
        for (size_t i = 0; i < n_paths; i++)
                if (path_has_disk(paths[i]))
                        return true;

        return false;
}

static void conclude(Rescan *rescan) {
        const Path *paths[JOB_PATHS_MAX];
        Job *job = rescan->job;
        size_t n = find_paths(job, paths);
        bool is_found = has_disk(paths, n);

        if (!is_found && rescan->width < WIDTH_HOST) {
                rescan->width++;
                begin_width(rescan);
                return;
        }

        job_keep_paths(job, paths, n);
        if (rescan->cause && !(is_found && job->condition.has_lun))
                job_fail(job, rescan->cause, "Not all of it could be scanned: %s", rescan->words);
        else if (is_found)
                job_finish(job);
        else
                job_fail(job, "nothing-found",
                         "Of %s nothing is there: the storage shows no such LUN to this initiator.",
                         job->subject);
}

static void settle(Rescan *rescan) {
        Jobs *jobs = rescan->job->all;

        if (jobs_now(jobs) < rescan->settle_until_usec &&
            !scan_targets_are_known(jobs->inventory, &rescan->targets))
                return;

        rescan->settling = sd_event_source_disable_unref(rescan->settling);
        conclude(rescan);
}

static int on_settling(sd_event_source *source, uint64_t usec, void *userdata) {
        int r;

        r = sd_event_source_set_time_relative(source, LOOK_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        settle(userdata);
        return r < 0 ? r : 0;
}

static void check(Job *job) {
        Rescan *rescan = job->work;

        if (rescan->settling)
                settle(rescan);
}

static void on_step(void *userdata, const char *words) {
        Rescan *rescan = userdata;

        job_step(rescan->job, "%s", words);
}

/* What was read again, and what was found: to be known before it is said to be there. */
static void on_scanned(void *userdata) {
        Rescan *rescan = userdata;
        Job *job = rescan->job;
        const Path *paths[JOB_PATHS_MAX];
        uint64_t now = jobs_now(job->all);
        int r;

        if (rescan->run.cause && !rescan->cause) {
                rescan->cause = rescan->run.cause;
                rescan->words = TAKE_PTR(rescan->run.words);
        }
        scan_run_take_in(job->all->inventory, paths, find_paths(job, paths), now);
        tell_soon(job->all->tell);

        rescan->settle_until_usec = now + SETTLE_USEC;
        job_step(job, "waiting for udev");
        r = sd_event_add_time_relative(job->all->event, &rescan->settling, CLOCK_MONOTONIC, 0,
                                       LOOK_USEC / 10, on_settling, rescan);
        if (r < 0)
                job_fail(job, "helper-failed", "Cannot wait for udev: %s", strerror(-r));
}

static int make_plan(Rescan *rescan, ScanPlan *plan) {
        const Path *paths[JOB_PATHS_MAX];
        const Job *job = rescan->job;
        int r = 0;

        if (!rescan->is_read_again)
                r = scan_plan_add_reread(plan, paths, find_paths(job, paths));
        rescan->is_read_again = true;
        if (r < 0)
                return r;

        switch (rescan->width) {
        case WIDTH_LUN:
                return scan_plan_add_lun(plan, &rescan->targets, job->condition.lun);
        case WIDTH_TARGET:
                return scan_plan_add_targets(plan, &rescan->targets);
        default:
                return scan_plan_add_hosts(plan, &rescan->targets);
        }
}

static void begin_width(Rescan *rescan) {
        static const char *const steps[] = {
                [WIDTH_LUN] = "asking for this LUN",
                [WIDTH_TARGET] = "scanning the target",
                [WIDTH_HOST] = "scanning the host",
        };
        Job *job = rescan->job;
        int r;

        scan_run_done(&rescan->run);
        rescan->run = (ScanRun){
                .event = job->all->event,
                .socket = job->all->socket,
                .until_usec = job->expires_usec,
                .on_step = on_step,
                .on_end = on_scanned,
                .userdata = rescan,
        };
        job_step(job, "%s", steps[rescan->width]);
        r = make_plan(rescan, &rescan->run.plan);
        if (r >= 0)
                r = scan_run_start(&rescan->run);
        if (r < 0)
                job_fail(job, "helper-failed", "%s", act_start_words(r));
}

static void start(Job *job) {
        const Condition *scope = &job->condition;
        Rescan *rescan = job->work;
        int r;

        rescan->job = job;
        r = scan_targets_find(job->all->inventory->reader.root_fd, scope->initiator, scope->target,
                              &rescan->targets);
        if (r == -ENXIO) {
                job_fail(
                        job, "no-such-object",
                        "There is no HBA, vHBA or iSCSI initiator %s here: “npivot hba” and “npivot "
                        "vhba” list what there is.",
                        scope->initiator);
                return;
        }
        if (r < 0) {
                job_fail(job, "helper-failed", "Cannot find where to scan: %s", strerror(-r));
                return;
        }

        rescan->width = scope->has_lun ? WIDTH_LUN : scope->target ? WIDTH_TARGET : WIDTH_HOST;
        if (rescan->targets.n_targets == 0)
                rescan->width = WIDTH_HOST;
        begin_width(rescan);
}

static void expire(Job *job) {
        const Path *paths[JOB_PATHS_MAX];

        job_keep_paths(job, paths, find_paths(job, paths));
        job_fail(job, "timeout",
                 "%s: the kernel or udev is not through with it; what it finds later will be "
                 "listed all the same.",
                 job->subject);
}

static const char *tell_cancelled(const Job *job) {
        return "It was cancelled; what the kernel has begun to scan it goes on with.";
}

int job_rescan_spec(Condition *scope, JobSpec *ret) {
        static const JobKind kind = {
                .name = "rescan",
                .is_shared = true,
                .start = start,
                .check = check,
                .expire = expire,
                .tell_cancelled = tell_cancelled,
                .free_work = free_rescan,
        };
        Rescan *rescan;

        rescan = calloc(1, sizeof *rescan);
        if (!rescan)
                return -ENOMEM;
        *ret = (JobSpec){
                .kind = &kind,
                .subject = condition_describe(scope, "the LUNs"),
                .condition = *scope,
                .work = rescan,
        };
        *scope = (Condition){ 0 };
        return 0;
}
