/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vhba-job.h"

#include "cli/complain.h"
#include "cli/inventory.h"
#include "cli/progress.h"

#include <string.h>

#define SEC UINT64_C(1000000)

/* systemd's own limits end a job much sooner; this is for a systemd that says nothing any more. */
#define JOB_SLACK_USEC (120 * SEC)

/* vhbad hears of a job's end when we do, and may need a moment to look at the unit. */
#define SETTLE_USEC (5 * SEC)

typedef struct Job {
        Client *client;
        Vhba vhba;
        bool starting;
        sd_bus_slot *on_properties, *on_job;
        char *path;
        char *result; /* of systemd: "done", "failed", … */
        uint64_t begin_usec;
        Progress progress;
} Job;

static void job_done(Job *job) {
        (void) sd_bus_slot_unref(job->on_properties);
        (void) sd_bus_slot_unref(job->on_job);
        vhba_done(&job->vhba);
        progress_done(&job->progress);
        free(job->path);
        free(job->result);
}

static int on_job_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Job *job = userdata;
        const char *path, *result;
        int r;

        r = sd_bus_message_read(signal, "uoss", NULL, &path, NULL, &result);
        if (r < 0 || !job->path || strcmp(path, job->path) != 0)
                return 0;

        free(job->result);
        job->result = strdup(result);
        return job->result ? 0 : -ENOMEM;
}

static int on_properties_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Job *job = userdata;
        const char *interface;
        int r;

        r = sd_bus_message_read(signal, "s", &interface);
        if (r < 0 || strcmp(interface, VHBAD_VHBA) != 0)
                return 0;

        return vhba_read_properties(signal, &job->vhba);
}

/* Before the job is made, so that none of what it does is missed. */
static int subscribe(Job *job) {
        sd_bus *bus = job->client->bus;
        int r;

        r = sd_bus_match_signal(bus, &job->on_properties, VHBAD_NAME, job->vhba.object,
                                "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                on_properties_changed, job);
        if (r >= 0)
                r = sd_bus_match_signal(
                        bus, &job->on_job, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                        "org.freedesktop.systemd1.Manager", "JobRemoved", on_job_removed, job);
        if (r < 0)
                return r;

        /* systemd is silent until somebody subscribes. vhbad has: ours is for the case of its end.
         */
        (void) sd_bus_call_method(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                  "org.freedesktop.systemd1.Manager", "Subscribe", NULL, NULL, "");
        return 0;
}

static const char *progress_text(const Vhba *vhba) {
        bool is_moving = strcmp(vhba->unit_state, "activating") == 0 ||
                         strcmp(vhba->unit_state, "deactivating") == 0;

        /* Before and after, the message is about something else. */
        return is_moving && *vhba->message != '\0' ? vhba->message : "waiting for systemd";
}

/* The cause alone tells nothing: it may be that of the start before. */
static bool has_settled(const Job *job) {
        const Vhba *vhba = &job->vhba;
        bool job_is_done = job->result && strcmp(job->result, "done") == 0;

        if (!job->result)
                return false;
        if (!job->starting)
                return !vhba_has_vport(vhba) || !job_is_done ||
                       (strcmp(vhba->unit_state, "failed") == 0 && *vhba->cause != '\0');
        if (job_is_done)
                return strcmp(vhba->unit_state, "active") == 0;

        return *vhba->cause != '\0';
}

/* Handles what has come, or waits for up to a second. */
static int step(Job *job) {
        sd_bus *bus = job->client->bus;
        int r;

        r = sd_bus_process(bus, NULL);
        if (r != 0)
                return r;

        progress_show(&job->progress, progress_text(&job->vhba));
        return sd_bus_wait(bus, SEC);
}

/* Until the condition holds or the deadline has passed; which of the two, the caller sees. */
static int wait_until(Job *job, bool (*holds)(const Job *job), uint64_t deadline_usec) {
        int r;

        while (!holds(job) && now_usec() < deadline_usec) {
                r = step(job);
                if (r < 0 && r != -EINTR)
                        return r;
        }

        return 0;
}

static bool has_result(const Job *job) {
        return job->result;
}

static int wait_for_end(Job *job) {
        int r;

        r = wait_until(job, has_result, job->begin_usec + job->vhba.timeout_usec + JOB_SLACK_USEC);
        if (r == 0)
                r = vhba_reload(job->client, &job->vhba);
        if (r != 0 || !job->result)
                return r;

        return wait_until(job, has_settled, now_usec() + SETTLE_USEC);
}

static int call_create(Job *job, sd_bus_error *error, sd_bus_message **reply) {
        return sd_bus_call_method(job->client->bus, VHBAD_NAME, job->vhba.object, VHBAD_VHBA,
                                  "Create", error, reply, "");
}

static int call_destroy(Job *job, sd_bus_error *error, sd_bus_message **reply) {
        return sd_bus_call_method(job->client->bus, VHBAD_NAME, job->vhba.object, VHBAD_VHBA,
                                  "Destroy", error, reply, "b",
                                  options_have(job->client->options, OPTION_FORCE));
}

static int request(Job *job) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int r;

        r = job->starting ? call_create(job, &error, &reply) : call_destroy(job, &error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return client_refused(job->client, &error, r, "Cannot %s %s",
                                      job->starting ? "start" : "stop", job->vhba.wwpn);

        job->path = strdup(path);
        return job->path ? 0 : -ENOMEM;
}

static int report_failure(const Job *job) {
        const Vhba *vhba = &job->vhba;
        const char *verb = job->starting ? "start" : "stop";

        /* With no cause that vhba-port gave, the message is what it said before. */
        if (*vhba->cause != '\0' && *vhba->message != '\0' &&
            strcmp(vhba->cause, "unexpected") != 0)
                (void) complain("Cannot %s %s (%s): %s", verb, vhba->wwpn, vhba->cause,
                                vhba->message);
        else if (job->result)
                (void) complain("Cannot %s %s: systemd's job ended as \"%s\"; now the unit is %s, "
                                "the vport %s.",
                                verb, vhba->wwpn, job->result, vhba->unit_state,
                                vhba_has_vport(vhba) ? vhba->kernel_state : "not there");
        else
                (void) complain("Cannot tell how to %s %s ends: systemd does not say.", verb,
                                vhba->wwpn);

        if (strcmp(vhba->unit_sub_state, "auto-restart") == 0)
                remark("systemd tries again by itself until npivot vhba stop %s.", vhba->wwpn);
        suggest("systemctl status %s", vhba->unit);
        return EXIT_FAILURE;
}

static int report_start(const Job *job) {
        const Vhba *vhba = &job->vhba;

        if (!job->result || strcmp(job->result, "done") != 0 ||
            strcmp(vhba->unit_state, "active") != 0)
                return report_failure(job);

        printf("%s is up: %s, SCSI %s.\n", vhba->wwpn, vhba->kernel_state, vhba->scsi_host);
        return 0;
}

static int report_stop(const Job *job) {
        const Vhba *vhba = &job->vhba;

        /* Any other cause is that of something before: what was to go has gone. */
        if (!job->result || vhba_has_vport(vhba) || strcmp(vhba->cause, "luns-left") == 0)
                return report_failure(job);

        printf("%s is down.\n", vhba->wwpn);
        return 0;
}

static int run(Client *client, const char *wwpn, bool starting) {
        _cleanup_(job_done) Job job = {
                .client = client,
                .starting = starting,
                .begin_usec = now_usec(),
                .progress = { .subject = wwpn, .is_quiet = true },
        };
        int r;

        r = vhba_load(client, wwpn, &job.vhba);
        if (r == 0)
                r = subscribe(&job);
        if (r == 0)
                r = request(&job);
        if (r != 0 || options_have(client->options, OPTION_NO_WAIT))
                return r;

        r = wait_for_end(&job);
        progress_clear(&job.progress);
        if (r < 0)
                return client_refused(client, &SD_BUS_ERROR_NULL, r, "Cannot follow how %s %s",
                                      wwpn, starting ? "starts" : "stops");
        if (r > 0)
                return r;

        return starting ? report_start(&job) : report_stop(&job);
}

int vhba_start(Client *client, const char *wwpn) {
        return run(client, wwpn, true);
}

int vhba_stop(Client *client, const char *wwpn) {
        return run(client, wwpn, false);
}
