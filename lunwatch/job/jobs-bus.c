/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/jobs-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/polkit.h"
#include "lunwatch/job/condition-bus.h"
#include "lunwatch/job/job-bus.h"
#include "lunwatch/job/kinds.h"
#include "lunwatch/manager-bus.h"

#include <inttypes.h>
#include <string.h>

static int refuse(sd_bus_error *error, int r) {
        switch (r) {
        case -EUSERS:
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "You have %d jobs running already: cancel one, or wait "
                                         "until one ends.",
                                         JOBS_USER_MAX);
        case -ENFILE:
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "%d jobs are running already: wait until one ends.",
                                         JOBS_RUNNING_MAX);
        default:
                return r;
        }
}

static int refuse_name(sd_bus_error *error, int r, const char *name) {
        switch (r) {
        case -ENOENT:
                return bus_error_refuse(error, NPIVOT_ERROR_NO_SUCH_OBJECT,
                                        "“%.300s” is no LUN, path or map here: give a WWID, a "
                                        "device or link below /dev, an H:C:T:L or a map's name.",
                                        name);
        case -ENOTUNIQ:
                return bus_error_refuse(error, NPIVOT_ERROR_AMBIGUOUS_LUN,
                                        "“%.300s” is made of more than one LUN: name one of them.",
                                        name);
        case -E2BIG:
                return bus_error_refuse(error, NPIVOT_ERROR_LIMIT,
                                        "“%.300s” has more paths than can be handled at once.",
                                        name);
        default:
                return r;
        }
}

static int begin(Jobs *jobs, sd_bus_message *call, JobSpec *spec, sd_bus_error *error) {
        JobPath path;
        Job *job;
        int r;

        r = bus_query_uid(call, &spec->uid);
        if (r < 0) {
                job_spec_done(spec);
                return r;
        }
        r = jobs_begin(jobs, spec, &job);
        if (r < 0)
                return refuse(error, r);

        return sd_bus_reply_method_return(call, "o", job_bus_path(job, path));
}

static int read_timeout(sd_bus_message *call, uint64_t *ret, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "t", ret);
        if (r < 0 || (*ret > 0 && *ret <= JOBS_TIMEOUT_MAX_USEC))
                return r;

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "The time-out is %" PRIu64 " us: it can be 1 us to an hour.",
                                 *ret);
}

static int method_wait_for(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(condition_done) Condition condition = { 0 };
        uint64_t timeout_usec;
        JobSpec spec;
        int r;

        r = condition_bus_read_filter(call, &condition, error);
        if (r >= 0)
                r = read_timeout(call, &timeout_usec, error);
        if (r >= 0)
                r = job_wait_spec(&condition, &spec);
        if (r < 0)
                return r;

        spec.timeout_usec = timeout_usec;
        return begin(userdata, call, &spec, error);
}

static int method_rescan(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(condition_done) Condition scope = { 0 };
        uint64_t timeout_usec;
        JobSpec spec;
        int r;

        r = condition_bus_read_scope(call, &scope, error);
        if (r >= 0)
                r = read_timeout(call, &timeout_usec, error);
        if (r < 0)
                return r;
        r = polkit_check(call, JOBS_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = job_rescan_spec(&scope, &spec);
        if (r < 0)
                return r;

        spec.timeout_usec = timeout_usec;
        return begin(userdata, call, &spec, error);
}

static int read_option(sd_bus_message *call, const char *name, void *userdata,
                       sd_bus_error *error) {
        bool *is_forced = userdata;
        int r, value;

        if (strcmp(name, "Force") != 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                         "There is no option “%s”: only Force.", name);
        r = sd_bus_message_read(call, "v", "b", &value);
        if (r == -ENXIO)
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_FILTER, "Force is true or false.");
        if (r >= 0)
                *is_forced = value != 0;
        return r;
}

static int method_remove(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Jobs *jobs = userdata;
        const char *name;
        bool is_forced = false;
        JobSpec spec;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r >= 0)
                r = bus_read_entries(call, read_option, &is_forced, NULL, error);
        if (r < 0)
                return r;
        r = polkit_check(call, JOBS_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = job_remove_spec(jobs, name, is_forced, &spec);
        if (r < 0)
                return refuse_name(error, r, name);

        return begin(jobs, call, &spec, error);
}

static int method_inspect(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Jobs *jobs = userdata;
        const char *name;
        JobSpec spec;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = polkit_check(call, JOBS_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = job_inspect_spec(jobs, name, &spec);
        if (r < 0)
                return refuse_name(error, r, name);

        return begin(jobs, call, &spec, error);
}

static const sd_bus_vtable jobs_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("WaitFor", SD_BUS_ARGS("a{sv}", filter, "t", timeout_usec),
                                SD_BUS_RESULT("o", job), method_wait_for,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Rescan", SD_BUS_ARGS("a{sv}", scope, "t", timeout_usec),
                                SD_BUS_RESULT("o", job), method_rescan, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("s", name, "a{sv}", options),
                                SD_BUS_RESULT("o", job), method_remove, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Inspect", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", job),
                                method_inspect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int jobs_bus_add(Jobs *jobs, sd_bus *bus) {
        int r;

        r = sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, JOBS_INTERFACE, jobs_vtable, jobs);
        if (r < 0)
                return r;

        return job_bus_add(jobs, bus);
}
