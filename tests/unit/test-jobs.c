/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job-host.h"

static void test_a_wait_ends_when_the_paths_are_there(void) {
        Host host;
        Job *job;

        host_open(&host);
        job = wait_for(&host, (Condition){ .has_lun = true, .lun = 3 }, DEADLINE_USEC);
        assert(job->state == JOB_RUNNING && strcmp(job->step, "0 of 1 paths") == 0);
        assert(strcmp(job->subject, "LUN 3 behind " VHBA) == 0);
        add_lun(&host, 1, "sda", 0);
        assert(job->state == JOB_RUNNING);
        add_lun(&host, 3, "sdb", 16);
        assert_ended(job, JOB_DONE, "");
        assert(job->result.n_paths == 1 && strcmp(path_name(job->result.paths[0]), "sdb") == 0);

        job = wait_for(&host, (Condition){ .has_lun = true, .lun = 3, .is_gone = true },
                       DEADLINE_USEC);
        assert(job->state == JOB_RUNNING && strcmp(job->step, "/dev/sdb is still there") == 0);
        remove_lun(&host, 3, "sdb", 16);
        assert_ended(job, JOB_DONE, "");
        assert(job->result.has_paths && job->result.n_paths == 0);
        host_done(&host);
}

static void test_a_wait_says_what_lacks_when_its_time_is_up(void) {
        Host host;
        Job *job;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        job = wait_for(&host, (Condition){ .n_wanted = 2 }, 20000);
        assert(strcmp(job->step, "1 of 2 paths") == 0);
        run_until(&host, &host.n_ended, 1);
        assert_ended(job, JOB_FAILED, "timeout");
        assert(strstr(job->message, "1 of 2 usable paths") && job->result.n_paths == 1);

        job = wait_for(&host, (Condition){ .with_map = true }, 20000);
        run_until(&host, &host.n_ended, 2);
        assert_ended(job, JOB_FAILED, "timeout");
        assert(strstr(job->message, "not in a multipath map"));
        host_done(&host);
}

static void test_jobs_are_limited_cancelled_and_forgotten(void) {
        JobSpec spec;
        Host host;
        Job *job = NULL;

        host_open(&host);
        host.jobs.keep_usec = 1000;
        for (unsigned i = 0; i < JOBS_USER_MAX; i++)
                job = wait_for(&host, (Condition){ 0 }, DEADLINE_USEC);
        assert(job_wait_spec(&(Condition){ .wwid = strdup(WWID) }, &spec) >= 0);
        assert(!begin_as(&host, USER, &spec, DEADLINE_USEC, -EUSERS));
        for (unsigned i = JOBS_USER_MAX; i < JOBS_RUNNING_MAX; i++) {
                assert(job_wait_spec(&(Condition){ .wwid = strdup(WWID), .n_wanted = 1 }, &spec) >=
                       0);
                (void) begin_as(&host, ROOT, &spec, DEADLINE_USEC, 0);
        }
        assert(job_wait_spec(&(Condition){ .wwid = strdup(WWID) }, &spec) >= 0);
        assert(!begin_as(&host, ROOT, &spec, DEADLINE_USEC, -ENFILE));

        assert(jobs_find(&host.jobs, job->number) == job);
        job_cancel(job);
        assert_ended(job, JOB_CANCELLED, "cancelled");
        job_cancel(job);
        assert(host.n_ended == 1 && host.jobs.n_running == JOBS_RUNNING_MAX - 1);
        run_until(&host, &host.n_removed, 1);
        assert(!jobs_find(&host.jobs, JOBS_USER_MAX));
        host_done(&host);
}

static void test_one_user_cannot_push_out_the_ended_jobs_of_another(void) {
        Host host;
        Job *first;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        first = rescan(&host, true, 9);
        job_cancel(first);
        for (unsigned i = 0; i < 3 * JOBS_USER_MAX; i++)
                assert_ended(wait_for(&host, (Condition){ 0 }, DEADLINE_USEC), JOB_DONE, "");
        assert(host.n_removed == 2 * JOBS_USER_MAX);
        assert(jobs_find(&host.jobs, 1) == first);
        host_done(&host);
}

int main(void) {
        test_a_wait_ends_when_the_paths_are_there();
        test_a_wait_says_what_lacks_when_its_time_is_up();
        test_jobs_are_limited_cancelled_and_forgotten();
        test_one_user_cannot_push_out_the_ended_jobs_of_another();
        return 0;
}
