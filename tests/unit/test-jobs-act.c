/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/attention.h"

#include "job-host.h"

static void add_lun_3(Host *host) {
        const FcTreeLun lun = make_lun(3, "sdb", 16);

        if (strstr(host->asked, "rescan 6 0 0 3;")) {
                host->on_asked = NULL;
                fc_tree_add_lun(&host->tree, &lun);
                assert(inventory_update(&host->inventory, &lun.where, 0) >= 0);
        }
}

static void test_a_rescan_asks_for_the_lun_before_anything_wider(void) {
        Host host;
        Job *job;

        host_open(&host);
        host.answers[0] = "step\tscanning\ndone\n";
        host.on_asked = add_lun_3;
        job = rescan(&host, true, 3);
        assert(rescan(&host, true, 3) == job);
        run_until(&host, &host.n_ended, 1);
        assert_ended(job, JOB_DONE, "");
        assert(job->result.n_paths == 1);
        assert(strcmp(host.asked, "rescan 6 0 0 3;") == 0);
        host_done(&host);
}

static void test_a_rescan_gets_wider_until_there_is_nothing_more_to_try(void) {
        Host host;
        Job *job;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        for (unsigned i = 0; i < 3; i++)
                host.answers[i] = "done\n";
        job = rescan(&host, true, 3);
        run_until(&host, &host.n_ended, 1);
        assert_ended(job, JOB_FAILED, "nothing-found");
        assert(strcmp(host.asked, "rescan 6 0 0 3;rescan 6 0 0 -;rescan 6 - - -;") == 0);

        /* Of all of it: what is known is read again. */
        host.asked[0] = '\0';
        host.answers[3] = host.answers[4] = "done\n";
        job = rescan(&host, false, 0);
        run_until(&host, &host.n_ended, 2);
        assert_ended(job, JOB_DONE, "");
        assert(strcmp(host.asked, "reread 6:0:0:0;rescan 6 - - -;") == 0);
        host_done(&host);
}

static void test_what_lun_act_does_wrong_is_a_failure_with_words(void) {
        static const struct {
                const char *answer, *cause, *words;
        } cases[] = {
                { "", "helper-failed", "without a word" },
                { "step\tx\n", "helper-failed", "without a word" },
                { "done", "helper-failed", "without a word" },
                { "error\ttimeout\tToo slow.\n", "timeout", "Too slow." },
                { "error\t\e[31m\tBad\e[0m.\n", "helper-failed", "Bad?[0m." },
                { "error\n", "helper-failed", "is none" },
                { "use\ta\n", "helper-failed", "is none" },
                { "news\tof another version\nerror\tbusy\tIt is.\n", "busy", "It is." },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                JobSpec spec;
                Host host;
                Job *job;

                host_open(&host);
                add_lun(&host, 0, "sda", 0);
                host.answers[0] = cases[i].answer;
                assert(job_remove_spec(&host.jobs, "sda", false, &spec) >= 0);
                job = begin_as(&host, ROOT, &spec, 0, 0);
                run_until(&host, &host.n_ended, 1);
                assert_ended(job, JOB_FAILED, cases[i].cause);
                assert(strstr(job->message, cases[i].words));
                assert(host.inventory.index.n_paths == 1);
                host_done(&host);
        }
}

static void test_a_removed_lun_is_gone_with_all_its_paths(void) {
        JobSpec spec;
        Host host;
        Job *job;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        add_lun(&host, 1, "sdb", 16);
        host.answers[0] = "step\tlooking\nremoved\tsda\nremoved\tsdb\ndone\n";
        assert(job_remove_spec(&host.jobs, "nothing", false, &spec) == -ENOENT);
        assert(job_remove_spec(&host.jobs, "sdb", false, &spec) >= 0);
        job = begin_as(&host, ROOT, &spec, 0, 0);
        run_until(&host, &host.n_ended, 1);
        assert_ended(job, JOB_DONE, "");
        assert(strcmp(job->subject, WWID) == 0);
        assert(strcmp(host.asked, "remove " WWID " - 6:0:0:0 6:0:0:1;") == 0 ||
               strcmp(host.asked, "remove " WWID " - 6:0:0:1 6:0:0:0;") == 0);
        assert(job->result.n_devices == 2 && strcmp(job->result.devices[1], "sdb") == 0);
        assert(host.inventory.index.n_paths == 0);
        host_done(&host);
}

static void test_an_inspection_tells_a_signature_once_and_every_process(void) {
        JobSpec spec;
        Host host;
        Job *job;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        add_lun(&host, 1, "sdb", 16);
        host.answers[0] = "use\tsignature\text4\tsda\tsda begins like ext4\n"
                          "use\tsignature\text4\tsdb\tsdb begins like ext4\n"
                          "use\tprocess\t12\tsda\tdd (PID 12) has sda open\n"
                          "use\tdomain\tweb\tsdb\tdomain web has sdb open\ndone\n";
        assert(job_inspect_spec(&host.jobs, WWID, &spec) >= 0);
        job = begin_as(&host, ROOT, &spec, 0, 0);
        run_until(&host, &host.n_ended, 1);
        assert_ended(job, JOB_DONE, "");
        assert(job->result.uses.n == 3);
        assert(strcmp(job->result.uses.items[2].object, "web") == 0);
        host_done(&host);
}

/* Who joined another user's could not see what came of it. */
static void test_two_users_who_inspect_the_same_have_a_job_each(void) {
        JobSpec spec;
        Host host;
        Job *first;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        assert(job_inspect_spec(&host.jobs, "sda", &spec) >= 0);
        first = begin_as(&host, ROOT, &spec, 0, 0);
        assert(job_inspect_spec(&host.jobs, "sda", &spec) >= 0);
        assert(begin_as(&host, ROOT, &spec, 0, 0) == first);
        assert(job_inspect_spec(&host.jobs, "sda", &spec) >= 0);
        assert(begin_as(&host, USER, &spec, 0, 0) != first);
        host_done(&host);
}

static void test_nobody_listens(void) {
        JobSpec spec;
        Host host;
        Job *job;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        host.jobs.socket = "/nonexistent/act";
        assert(job_inspect_spec(&host.jobs, "sda", &spec) >= 0);
        job = begin_as(&host, ROOT, &spec, 0, 0);
        assert_ended(job, JOB_FAILED, "helper-failed");
        assert(strstr(job->message, "systemctl start lun-act.socket"));
        host_done(&host);
}

static void test_an_initiator_that_is_not_here(void) {
        Condition scope = { .initiator = strdup("2101001b32ffffff") };
        JobSpec spec;
        Host host;

        host_open(&host);
        assert(job_rescan_spec(&scope, &spec) >= 0);
        assert_ended(begin_as(&host, ROOT, &spec, DEADLINE_USEC, 0), JOB_FAILED, "no-such-object");
        host_done(&host);
}

/* Every LUN of the target says so: one answer for all. */
static void test_a_target_with_other_luns_is_read_again_once(void) {
        const Hctl luns[] = { { 6, 0, 0, 0 }, { 6, 0, 0, 1 } };
        Attention attention = { 0 };
        unsigned n_asked = 0;
        Host host;

        host_open(&host);
        add_lun(&host, 0, "sda", 0);
        add_lun(&host, 1, "sdb", 16);
        host.answers[0] = host.answers[1] = "done\n";
        attention = (Attention){ .event = host.event,
                                 .inventory = &host.inventory,
                                 .tell = &host.tell,
                                 .socket = host.socket };
        assert(attention_start(&attention) >= 0);
        attention_note(&attention, luns);
        attention_note(&attention, luns + 1);
        while (n_asked < 2) {
                assert(sd_event_run(host.event, DEADLINE_USEC) > 0);
                n_asked = (unsigned) host.n_asked;
        }
        while (attention.is_running)
                assert(sd_event_run(host.event, DEADLINE_USEC) > 0);
        assert(strcmp(host.asked, "reread 6:0:0:0 6:0:0:1;rescan 6 0 0 -;") == 0);
        assert(attention.n_waiting == 0);
        attention_done(&attention);
        host_done(&host);
}

int main(void) {
        test_a_rescan_asks_for_the_lun_before_anything_wider();
        test_a_rescan_gets_wider_until_there_is_nothing_more_to_try();
        test_what_lun_act_does_wrong_is_a_failure_with_words();
        test_a_removed_lun_is_gone_with_all_its_paths();
        test_an_inspection_tells_a_signature_once_and_every_process();
        test_two_users_who_inspect_the_same_have_a_job_each();
        test_nobody_listens();
        test_an_initiator_that_is_not_here();
        test_a_target_with_other_luns_is_read_again_once();
        return 0;
}
