/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/kinds.h"

#include <inttypes.h>

static void tell(Job *job, const Standing *standing) {
        if (standing->left && path_has_disk(standing->left))
                job_step(job, "/dev/%s is still there", path_name(standing->left));
        else if (standing->left)
                job_step(job, "a path is still there");
        else
                job_step(job, "%" PRIu32 " of %" PRIu32 " paths", standing->n_counted,
                         job->condition.n_wanted);
}

static Standing look(const Job *job) {
        return condition_look(&job->condition, &job->all->inventory->index, job->all->maps);
}

static void keep_paths(Job *job) {
        const Path *paths[JOB_PATHS_MAX];
        size_t n;

        n = condition_paths(&job->condition, &job->all->inventory->index, paths, JOB_PATHS_MAX);
        job_keep_paths(job, paths, n);
}

static void check(Job *job) {
        Standing standing = look(job);

        if (!standing.is_true) {
                tell(job, &standing);
                return;
        }
        keep_paths(job);
        job_finish(job);
}

static void expire(Job *job) {
        Standing standing = look(job);
        const Condition *condition = &job->condition;

        keep_paths(job);
        if (standing.is_true)
                job_finish(job);
        else if (standing.left)
                job_fail(job, "timeout", "%s is still there: %s%s.", job->subject,
                         path_has_disk(standing.left) ? "/dev/" : "a path without a disk",
                         path_name(standing.left));
        else if (standing.n_counted + standing.n_quarantined >= condition->n_wanted)
                job_fail(job, "quarantined",
                         "%" PRIu32 " paths of %s would do, but are in quarantine: “npivot doctor” "
                         "shows why.",
                         standing.n_quarantined, job->subject);
        else if (standing.n_counted + standing.n_unmapped >= condition->n_wanted)
                job_fail(job, "timeout",
                         "The paths of %s are there, but not in a multipath map: is multipathd "
                         "running, and does it take this LUN?",
                         job->subject);
        else
                job_fail(job, "timeout",
                         "%" PRIu32 " of %" PRIu32 " usable paths of %s came in time.",
                         standing.n_counted, condition->n_wanted, job->subject);
}

int job_wait_spec(Condition *condition, JobSpec *ret) {
        static const JobKind kind = {
                .name = "wait",
                .start = check,
                .check = check,
                .expire = expire,
        };

        *ret = (JobSpec){
                .kind = &kind,
                .subject =
                        condition_describe(condition, condition->is_gone ? "every LUN" : "a LUN"),
                .condition = *condition,
        };
        *condition = (Condition){ 0 };
        return 0;
}
