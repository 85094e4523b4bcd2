/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/job-bus.h"

#include "common/bus-object.h"
#include "common/log.h"
#include "common/polkit.h"
#include "lunwatch/job/jobs-bus.h"
#include "lunwatch/path/path-bus.h"
#include "lunwatch/usage/usage-bus.h"

#include <inttypes.h>
#include <string.h>

static sd_bus *bus_of(void *userdata) {
        return userdata;
}

const char *job_bus_path(const Job *job, JobPath ret) {
        (void) snprintf(ret, sizeof(JobPath), JOB_ROOT "/%" PRIu32, job->number);
        return ret;
}

static int method_cancel(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Job *job = userdata;
        uint32_t uid;
        int r;

        r = bus_query_uid(call, &uid);
        if (r < 0)
                return r;
        if (uid != job->uid) {
                r = polkit_check(call, JOBS_ACTION, NULL, error);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }

        job_cancel(job);
        return sd_bus_reply_method_return(call, "");
}

static int property_get_kind(sd_bus *bus, const char *path, const char *interface,
                             const char *property, sd_bus_message *reply, void *userdata,
                             sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", ((const Job *) userdata)->kind->name);
}

static int property_get_state(sd_bus *bus, const char *path, const char *interface,
                              const char *property, sd_bus_message *reply, void *userdata,
                              sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", job_state_text(((const Job *) userdata)->state));
}

static int append_entry(sd_bus_message *m, const Job *job, const char *key, const char *type,
                        int (*append)(sd_bus_message *m, const JobResult *result)) {
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        if (r >= 0)
                r = append(m, &job->result);
        if (r >= 0)
                r = sd_bus_message_close_container(m);

        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_paths(sd_bus_message *m, const JobResult *result) {
        return path_bus_append_list(m, (const Path *const *) result->paths, result->n_paths);
}

static int append_devices(sd_bus_message *m, const JobResult *result) {
        return sd_bus_message_append_strv(m, result->devices);
}

static int append_uses(sd_bus_message *m, const JobResult *result) {
        return use_bus_append_list(m, &result->uses);
}

/* Which processes have a device open is not everybody's business. */
static bool may_see(sd_bus *bus, const Job *job) {
        uint32_t uid;

        if (!job->result.has_uses)
                return true;

        return bus_query_uid(sd_bus_get_current_message(bus), &uid) >= 0 &&
               (uid == 0 || uid == job->uid);
}

static int property_get_result(sd_bus *bus, const char *path, const char *interface,
                               const char *property, sd_bus_message *reply, void *userdata,
                               sd_bus_error *error) {
        const Job *job = userdata;
        const JobResult *result = &job->result;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (job->state != JOB_RUNNING && may_see(bus, job)) {
                if (r >= 0 && result->has_paths)
                        r = append_entry(reply, job, "Paths", PATH_BUS_LIST, append_paths);
                if (r >= 0 && result->has_devices)
                        r = append_entry(reply, job, "Devices", "as", append_devices);
                if (r >= 0 && result->has_uses)
                        r = append_entry(reply, job, "Uses", "a(ssss)", append_uses);
        }

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define FIELD(name, type, field, flags) \
        SD_BUS_PROPERTY(name, type, NULL, offsetof(Job, field), flags)

static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Cancel", NULL, NULL, method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Kind", "s", property_get_kind, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Subject", "s", subject, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", property_get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Cause", "s", cause, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Message", "s", message, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Step", "s", step, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Started", "t", started_usec, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Ended", "t", ended_usec, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Deadline", "t", deadline_usec, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Owner", "u", uid, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Result", "a{sv}", property_get_result, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        SD_BUS_VTABLE_END,
};

static int find_job(sd_bus *bus, const char *path, const char *interface, void *userdata,
                    void **ret, sd_bus_error *error) {
        const char *name = bus_path_below(path, JOB_ROOT);
        unsigned long number;
        JobPath spelling;
        char *end;
        Job *job;

        if (!name)
                return 0;
        errno = 0;
        number = strtoul(name, &end, 10);
        if (errno != 0 || *end || number > UINT32_MAX)
                return 0;
        job = jobs_find(userdata, (uint32_t) number);
        if (!job || strcmp(job_bus_path(job, spelling), path) != 0)
                return 0;

        *ret = job;
        return 1;
}

static int enumerate_jobs(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                          sd_bus_error *error) {
        _cleanup_(bus_paths_free) char **nodes = NULL;
        const Jobs *jobs = userdata;
        size_t n = 0;
        Job *job;
        int r = 0;

        TAILQ_FOREACH(job, &jobs->list, jobs) {
                JobPath path;

                r = bus_paths_add(&nodes, &n, job_bus_path(job, path));
                if (r < 0)
                        return r;
        }

        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

/* Who follows a job sees a gap then, and reads it again when its own deadline is over. */
static void log_untold(int r, const Job *job) {
        if (r < 0)
                log_warning_errno(r, "Cannot tell of job %" PRIu32 ": %m", job->number);
}

static void on_added(void *userdata, Job *job) {
        JobPath path;

        log_untold(sd_bus_emit_object_added(bus_of(userdata), job_bus_path(job, path)), job);
}

static void on_step(void *userdata, Job *job) {
        JobPath path;

        log_untold(sd_bus_emit_properties_changed(bus_of(userdata), job_bus_path(job, path),
                                                  JOB_INTERFACE, "Step", NULL),
                   job);
}

static void on_end(void *userdata, Job *job) {
        JobPath path;

        log_untold(sd_bus_emit_properties_changed(bus_of(userdata), job_bus_path(job, path),
                                                  JOB_INTERFACE, "State", "Cause", "Message",
                                                  "Step", "Ended", "Result", NULL),
                   job);
}

static void on_removed(void *userdata, Job *job) {
        JobPath path;

        log_untold(sd_bus_emit_object_removed(bus_of(userdata), job_bus_path(job, path)), job);
}

int job_bus_add(Jobs *jobs, sd_bus *bus) {
        int r;

        jobs->observer = (JobsObserver){ on_added, on_step, on_end, on_removed, bus };
        r = sd_bus_add_object_manager(bus, NULL, JOB_ROOT);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(bus, NULL, JOB_ROOT, JOB_INTERFACE, job_vtable,
                                               find_job, jobs);
        if (r >= 0)
                r = sd_bus_add_node_enumerator(bus, NULL, JOB_ROOT, enumerate_jobs, jobs);

        return r;
}
