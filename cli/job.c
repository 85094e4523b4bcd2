/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/job.h"

#include "cli/complain.h"
#include "cli/job-report.h"
#include "cli/progress.h"
#include "cli/properties.h"

#include <signal.h>
#include <string.h>
#include <systemd/sd-event.h>

#define SEC UINT64_C(1000000)

/* lunwatch ends its jobs by itself; this is for one that says nothing any more. */
#define SLACK_USEC (15 * SEC)

#define JOB(name, member) \
        { name, "s", offsetof(Job, member) }

static const Property properties[] = {
        JOB("State", state),
        JOB("Cause", cause),
        JOB("Message", message),
        JOB("Step", step),
};

typedef struct Run {
        Client *client;
        const JobRequest *request;
        Job job;
        sd_event *event;
        sd_bus_slot *on_properties, *on_owner;
        sigset_t signals; /* blocked before */
        uint64_t deadline_usec;
        Progress progress;
        bool is_silent;
        bool has_begun;
        bool is_cancelled;
        bool is_over;
        int error; /* a negative errno, or EXIT_FAILURE when that has been said */
} Run;

void job_done(Job *job) {
        properties_done(properties, ARRAY_LEN(properties), job);
        free(job->object);
        (void) sd_bus_message_unref(job->result);
        *job = (Job){ 0 };
}

static void run_done(Run *run) {
        job_done(&run->job);
        progress_done(&run->progress);
        (void) sd_bus_slot_unref(run->on_properties);
        (void) sd_bus_slot_unref(run->on_owner);
        if (run->event) {
                (void) sigprocmask(SIG_SETMASK, &run->signals, NULL);
                (void) sd_bus_detach_event(run->client->bus);
                (void) sd_event_unref(run->event);
        }
}

static void end(Run *run, int error) {
        run->error = error;
        run->is_over = true;
}

/* After each word of it. */
static void look(Run *run) {
        if (job_has_ended(&run->job))
                run->is_over = true;
        else if (run->job.step && !run->is_silent)
                progress_show(&run->progress, run->job.step);
}

static int refused(Run *run, const sd_bus_error *error, int r) {
        if (run->is_silent)
                return r;

        progress_clear(&run->progress);
        return client_refused(run->client, error, r, "Cannot %s", run->request->what);
}

static int read_job(Run *run, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_call_method(run->client->bus, LUNWATCH_NAME, run->job.object,
                               "org.freedesktop.DBus.Properties", "GetAll", error, &reply, "s",
                               LUNWATCH_JOB);
        if (r >= 0)
                r = properties_read(reply, properties, ARRAY_LEN(properties), &run->job);

        return r;
}

static int call(Run *run, uint64_t left_usec, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
        const char *object;
        int r;

        r = sd_bus_message_new_method_call(run->client->bus, &message, LUNWATCH_NAME, LUNWATCH_ROOT,
                                           LUNWATCH_JOBS, run->request->method);
        if (r >= 0)
                r = run->request->append(message, run->request->question, left_usec);
        if (r >= 0)
                r = sd_bus_call(run->client->bus, message, 0, error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &object);
        if (r < 0)
                return r;

        run->job.object = strdup(object);
        return run->job.object ? 0 : -ENOMEM;
}

/* When lunwatch goes away meanwhile, that is no failure: it is asked again when it is back. */
static int ask(Run *run) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        uint64_t now = now_usec();
        int r;

        job_done(&run->job);
        r = call(run, run->deadline_usec > now ? run->deadline_usec - now : 1, &error);
        if (r >= 0)
                r = read_job(run, &error);
        if (r >= 0) {
                run->has_begun = true;
                look(run);
                return 0;
        }

        free(TAKE_PTR(run->job.object));
        if (run->has_begun &&
            (client_is_absent(&error) || sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY)))
                return 0;

        return refused(run, &error, r);
}

static int on_properties_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Run *run = userdata;
        const char *interface;
        int r;

        if (!run->job.object || strcmp(sd_bus_message_get_path(signal), run->job.object) != 0)
                return 0;
        r = sd_bus_message_read(signal, "s", &interface);
        if (r < 0 || strcmp(interface, LUNWATCH_JOB) != 0)
                return 0;

        r = properties_read(signal, properties, ARRAY_LEN(properties), &run->job);
        if (r < 0)
                end(run, r);
        else
                look(run);

        return 0;
}

static int on_owner_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Run *run = userdata;
        const char *owner;
        int r;

        r = sd_bus_message_read(signal, "sss", NULL, NULL, &owner);
        if (r < 0 || job_has_ended(&run->job))
                return 0;

        if (*owner == '\0' && !run->request->is_repeatable) {
                progress_clear(&run->progress);
                end(run, run->is_silent ? -ECONNRESET
                                        : complain("Cannot tell how to %s ends: lunwatch has gone.",
                                                   run->request->what));
                return 0;
        }

        if (*owner == '\0') {
                free(TAKE_PTR(run->job.object));
                if (!run->is_silent)
                        progress_show(&run->progress, "waiting until lunwatch is back");
        } else if (!run->job.object) {
                r = ask(run);
                if (r != 0)
                        end(run, r);
        }

        return 0;
}

static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *info,
                        void *userdata) {
        Run *run = userdata;

        /* The second time is for those who do not want to wait for lunwatch's answer. */
        if (run->is_cancelled || !run->job.object) {
                run->is_cancelled = true;
                end(run, 0);
                return 0;
        }

        run->is_cancelled = true;
        (void) sd_bus_call_method_async(run->client->bus, NULL, LUNWATCH_NAME, run->job.object,
                                        LUNWATCH_JOB, "Cancel", NULL, NULL, "");
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        end(userdata, 0);
        return 0;
}

/* Before it is asked for, so that none of what it does is missed. */
static int subscribe(Run *run) {
        sd_bus *bus = run->client->bus;
        int r;

        r = sd_bus_match_signal(bus, &run->on_properties, LUNWATCH_NAME, NULL,
                                "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                on_properties_changed, run);
        if (r < 0)
                return r;

        r = sd_bus_add_match(bus, &run->on_owner, CLIENT_MATCH_LUNWATCH, on_owner_changed, run);
        return r < 0 ? r : 0;
}

/* From here on Ctrl-C cancels; before, while somebody may be asked for a password, it ends us. */
static int begin_loop(Run *run) {
        sigset_t signals;
        int r;

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGINT);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &signals, &run->signals);

        r = sd_event_new(&run->event);
        if (r >= 0)
                r = sd_bus_attach_event(run->client->bus, run->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_event_add_signal(run->event, NULL, SIGINT, on_interrupt, run);
        if (r >= 0)
                r = sd_event_add_signal(run->event, NULL, SIGTERM, on_interrupt, run);
        if (r >= 0)
                r = sd_event_add_time(run->event, NULL, CLOCK_MONOTONIC,
                                      run->deadline_usec + SLACK_USEC, 0, on_deadline, run);

        return r < 0 ? r : 0;
}

static int fetch_result(Run *run) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_get_property(run->client->bus, LUNWATCH_NAME, run->job.object, LUNWATCH_JOB,
                                "Result", &error, &run->job.result, "a{sv}");
        return r < 0 ? refused(run, &error, r) : 0;
}

static int follow(Run *run) {
        int r;

        r = subscribe(run);
        if (r >= 0)
                r = ask(run);
        if (r == 0)
                r = begin_loop(run);
        if (r != 0)
                return r;

        /* Not sd_event_exit(), which would close the connection. */
        while (!run->is_over) {
                r = sd_event_run(run->event, UINT64_MAX);
                if (r < 0)
                        return r;
        }
        progress_clear(&run->progress);
        if (run->error != 0)
                return run->error;

        return run->job.object && job_has_ended(&run->job) ? fetch_result(run) : 0;
}

static int run_job(Client *client, const JobRequest *request, bool is_silent, Job *ret) {
        _cleanup_(run_done) Run run = {
                .client = client,
                .request = request,
                .deadline_usec = now_usec() + request->timeout_usec,
                .progress = { .subject = request->subject },
                .is_silent = is_silent,
        };
        int r;

        r = follow(&run);
        if (r != 0)
                return r;

        if (is_silent)
                r = job_has_ended(&run.job) && strcmp(run.job.state, "done") == 0;
        else
                r = job_report(request, &run.job, run.is_cancelled);
        *ret = run.job;
        run.job = (Job){ 0 };
        return r;
}

int job_run(Client *client, const JobRequest *request, Job *ret) {
        return run_job(client, request, false, ret);
}

int job_run_and_print(Client *client, const JobRequest *request,
                      int (*print)(const Client *client, const Job *job)) {
        _cleanup_(job_done) Job job = { 0 };
        int r;

        client->action = LUNWATCH_ACTION;
        r = client_connect(client);
        if (r == 0)
                r = job_run(client, request, &job);
        if (r != 0)
                return r;

        return print(client, &job);
}

int job_try(Client *client, const JobRequest *request, Job *ret) {
        return run_job(client, request, true, ret) > 0;
}

int job_enter_result(const Job *job, const char *key, const char *type) {
        const char *found;
        int r;

        if (!job->result)
                return 0;
        r = sd_bus_message_enter_container(job->result, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(job->result, 'e', "sv")) > 0) {
                r = sd_bus_message_read(job->result, "s", &found);
                if (r < 0)
                        return r;
                if (strcmp(found, key) == 0)
                        return sd_bus_message_enter_container(job->result, 'v', type);
                r = sd_bus_message_skip(job->result, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(job->result);
        }

        return r;
}
