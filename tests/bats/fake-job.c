/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include "common/bus-error.h"

#include <inttypes.h>
#include <string.h>

#define JOB "org.npivot.lunwatch1.Job"

/* One at a time. LUN 7 never comes, LUN 8 is not found, /dev/sdd is busy. */
typedef struct FakeJob {
        Fake *fake;
        unsigned number;
        char object[64];
        const char *kind, *state, *cause, *message, *step;
        bool is_endless;
        const char *failure, *failure_message;
} FakeJob;

static FakeJob job = { .state = "done", .cause = "", .message = "", .step = "" };

static void announce(void) {
        (void) sd_bus_emit_properties_changed(job.fake->bus, job.object, JOB, "State", "Cause",
                                              "Message", "Step", NULL);
}

static void end(const char *state, const char *cause, const char *message) {
        job.state = state;
        job.cause = cause;
        job.message = message;
        job.step = "";
        announce();
}

static int on_end(sd_event_source *source, uint64_t usec, void *userdata) {
        if (job.is_endless && strcmp(job.step, "1 of 2 paths") != 0) {
                job.step = "1 of 2 paths";
                announce();
        } else if (job.is_endless)
                end("failed", "timeout", "LUN 7 did not come in time.");
        else if (job.failure)
                end("failed", job.failure, job.failure_message);
        else
                end("done", "", "");

        return 0;
}

/* The first step soon, the end of an endless one when its time is up. */
static int start(Fake *fake, sd_bus_message *call, const char *kind, uint64_t timeout_usec) {
        int r;

        job.fake = fake;
        job.kind = kind;
        job.state = "running";
        job.cause = job.message = "";
        job.step = "looking for it";
        (void) snprintf(job.object, sizeof job.object, LUNWATCH_ROOT "/job/%u", ++job.number);
        r = sd_event_add_time_relative(fake->event, NULL, CLOCK_MONOTONIC, 20000, 0, on_end, NULL);
        if (r >= 0 && job.is_endless)
                r = sd_event_add_time_relative(fake->event, NULL, CLOCK_MONOTONIC, timeout_usec, 0,
                                               on_end, NULL);
        if (r < 0)
                return r;

        return sd_bus_reply_method_return(call, "o", job.object);
}

static int print_value(sd_bus_message *call) {
        const char *type, *s;
        uint64_t t;
        uint32_t u;
        int r, b;

        r = sd_bus_message_peek_type(call, NULL, &type);
        if (r < 0)
                return r;

        switch (*type) {
        case 's':
                r = sd_bus_message_read(call, "v", "s", &s);
                printf("%s", r >= 0 ? s : "?");
                return r;
        case 't':
                r = sd_bus_message_read(call, "v", "t", &t);
                printf("%" PRIu64, t);
                if (t == 7)
                        job.is_endless = true;
                if (t == 8) {
                        job.failure = "nothing-found";
                        job.failure_message = "No LUN 8 was found.";
                }
                return r;
        case 'u':
                r = sd_bus_message_read(call, "v", "u", &u);
                printf("%u", u);
                return r;
        default:
                r = sd_bus_message_read(call, "v", "b", &b);
                printf("%d", b);
                return r;
        }
}

static int print_filter(sd_bus_message *call) {
        const char *key;
        int r;

        job.is_endless = false;
        job.failure = NULL;
        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &key);
                if (r < 0)
                        return r;
                printf(" %s=", key);
                r = print_value(call);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int start_filtered(Fake *fake, sd_bus_message *call, const char *kind) {
        uint64_t timeout_usec;
        int r;

        printf("%s", kind);
        r = print_filter(call);
        if (r >= 0)
                r = sd_bus_message_read(call, "t", &timeout_usec);
        if (r < 0)
                return r;

        /* To the second: what is left is asked for again after a restart. */
        printf(" for %" PRIu64 " s\n", (timeout_usec + 999999) / 1000000);
        return start(fake, call, kind, timeout_usec);
}

static int method_wait_for(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return start_filtered(userdata, call, "wait");
}

static int method_rescan(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return start_filtered(userdata, call, "rescan");
}

/* Of one that does not end. */
#define REMOVE_USEC (60 * 1000000ULL)

static int method_remove(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        printf("remove %s", name);
        r = print_filter(call);
        putchar('\n');
        if (r < 0)
                return r;
        if (strcmp(name, "/dev/sdz") == 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_OBJECT, "%s is no LUN.", name);

        if (strcmp(name, "/dev/sdd") == 0) {
                job.failure = "busy";
                job.failure_message = "/dev/sdd1 is swap.";
        }
        job.is_endless = strcmp(name, "/dev/sdx") == 0;
        return start(userdata, call, "remove", REMOVE_USEC);
}

static int method_inspect(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        printf("inspect %s\n", name);
        job.is_endless = false;
        job.failure = NULL;
        return start(userdata, call, "inspect", 0);
}

static int method_cancel(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        puts("Cancel");
        end("cancelled", "cancelled", "Cancelled.");
        return sd_bus_reply_method_return(call, "");
}

static int append_result(sd_bus_message *reply, const char *key, const char *type) {
        int r;

        r = sd_bus_message_open_container(reply, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(reply, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'v', type);
        if (r < 0)
                return r;

        if (strcmp(key, "Paths") == 0)
                r = fake_paths_append(reply, fake_path_is_mapped);
        else if (strcmp(key, "Uses") == 0)
                r = fake_uses_append(reply, true);
        else
                r = sd_bus_message_append(reply, "as", 2, "mpatha", "sdb");
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int property_get_result(sd_bus *bus, const char *path, const char *interface,
                               const char *property, sd_bus_message *reply, void *userdata,
                               sd_bus_error *error) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r < 0)
                return r;
        if (strcmp(job.kind, "inspect") == 0)
                r = append_result(reply, "Uses", "a(ssss)");
        else if (strcmp(job.kind, "remove") == 0)
                r = append_result(reply, "Devices", "as");
        else
                r = append_result(reply, "Paths", "a(" PATH_TYPE ")");

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Cancel", "", "", method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("State", "s", NULL, offsetof(FakeJob, state),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Cause", "s", NULL, offsetof(FakeJob, cause),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Message", "s", NULL, offsetof(FakeJob, message),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Step", "s", NULL, offsetof(FakeJob, step),
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Result", "a{sv}", property_get_result, 0, 0),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable jobs_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("WaitFor", "a{sv}t", "o", method_wait_for, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Rescan", "a{sv}t", "o", method_rescan, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Remove", "sa{sv}", "o", method_remove, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Inspect", "s", "o", method_inspect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int find_job(sd_bus *bus, const char *path, const char *interface, void *userdata,
                    void **ret, sd_bus_error *error) {
        if (strcmp(path, job.object) != 0)
                return 0;

        *ret = &job;
        return 1;
}

int fake_job_serve(Fake *fake) {
        int r;

        r = sd_bus_add_object_vtable(fake->bus, NULL, LUNWATCH_ROOT, "org.npivot.lunwatch1.Jobs",
                                     jobs_vtable, fake);
        if (r < 0)
                return r;

        return sd_bus_add_fallback_vtable(fake->bus, NULL, LUNWATCH_ROOT "/job", JOB, job_vtable,
                                          find_job, NULL);
}
