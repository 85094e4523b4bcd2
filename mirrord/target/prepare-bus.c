/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/prepare-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/polkit.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/target/target-bus.h"
#include "mirrord/target/target-request.h"

#include <string.h>

#define MANAGER_INTERFACE MIRROR_NAME ".Manager"

static Targets *all;

/* ---- Prepare */

static int refuse_other(const Target *target, const Target *other, sd_bus_error *error) {
        if (other->is_forgotten)
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_MIRRORED,
                                         "The ledger has something left of an earlier target %s: "
                                         "CollectGarbage removes it.",
                                         other->id);
        if (strcmp(target->id, other->id) == 0)
                return sd_bus_error_setf(
                        error, NPIVOT_ERROR_ALREADY_MIRRORED,
                        "Target %s was made for something else: forget it first, or "
                        "take another name.",
                        other->id);

        return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_MIRRORED,
                                 "Target %s has one of these paths already: abort it first.",
                                 other->id);
}

static int reply_target(sd_bus_message *call, const Target *target) {
        TargetBusPath path;

        return sd_bus_reply_method_return(call, "o", target_bus_path(target, path));
}

static int add(sd_bus_message *call, Target **target, sd_bus_error *error) {
        const Target *other = NULL;
        int r;

        (*target)->started_usec = clock_now_usec(CLOCK_REALTIME);
        r = targets_add(all, *target, &other);
        if (r == -EEXIST && strcmp((*target)->id, other->id) == 0 && !other->is_forgotten &&
            target_is_same(*target, other))
                return reply_target(call, other);
        if (r == -EEXIST)
                return refuse_other(*target, other, error);
        if (r == -EUSERS)
                return sd_bus_error_setf(
                        error, NPIVOT_ERROR_LIMIT,
                        "There are %d targets already: forget those that have ended.", TARGETS_MAX);

        return r < 0 ? r : reply_target(call, TAKE_PTR(*target));
}

static int method_prepare(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(target_freep) Target *target = target_new();
        uid_t uid;
        int r;

        if (!target)
                return -ENOMEM;
        r = target_request_read(call, target, error);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = bus_query_uid(call, &uid);
        if (r < 0)
                return r;

        target->uid = uid;
        return add(call, &target, error);
}

/* ---- CollectGarbage */

static sd_bus_message *waiting[COLLECT_CALLS_MAX];

static int append(sd_bus_message *reply, const Target *target, const TargetDisk *disk) {
        const char *why = disk->why
                                  ?: target->is_forgotten ? "Nobody tried to remove it yet."
                                                          : "The target has failed.";

        return sd_bus_message_append(reply, "(ssss)", target->id, storage_kind_text(disk->kind),
                                     disk->path, why);
}

static int append_all(sd_bus_message *reply) {
        const Target *target;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        TAILQ_FOREACH(target, &all->list, targets)
                for (size_t i = 0; r >= 0 && targets_is_garbage(target) && i < target->n_disks; i++)
                        if (target_disk_is_left(target->disks + i))
                                r = append(reply, target, target->disks + i);

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int tell_leftovers(sd_bus_message *call) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_all(reply);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

void prepare_bus_tell_collected(void) {
        int r;

        if (targets_count_collecting(all) > 0)
                return;
        for (size_t i = 0; i < COLLECT_CALLS_MAX; i++)
                if (waiting[i]) {
                        r = tell_leftovers(waiting[i]);
                        if (r < 0)
                                log_warning_errno(r, "Cannot tell what was collected: %m");
                        waiting[i] = sd_bus_message_unref(waiting[i]);
                }
}

void prepare_bus_forget(void) {
        for (size_t i = 0; i < COLLECT_CALLS_MAX; i++)
                waiting[i] = sd_bus_message_unref(waiting[i]);
}

static int wait_with(sd_bus_message *call, sd_bus_error *error) {
        for (size_t i = 0; i < COLLECT_CALLS_MAX; i++)
                if (!waiting[i]) {
                        waiting[i] = sd_bus_message_ref(call);
                        return 1;
                }

        return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                 "Too many wait for this already: try again later.");
}

static int method_collect(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        int is_removing, r;

        r = sd_bus_message_read(call, "b", &is_removing);
        if (r < 0)
                return r;
        if (!is_removing)
                return tell_leftovers(call);
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return targets_collect(all) > 0 ? wait_with(call, error) : tell_leftovers(call);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Prepare",
                SD_BUS_ARGS("s", id, "a(stsa{sv})", disks, "s", address, "a{sv}", options),
                SD_BUS_RESULT("o", target), method_prepare, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("CollectGarbage", SD_BUS_ARGS("b", remove),
                                SD_BUS_RESULT("a(ssss)", leftovers), method_collect,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* A part of an interface whose other part is manager-bus.c's: sd-bus joins them. */
int prepare_bus_add(Targets *targets, sd_bus *bus) {
        all = targets;
        return sd_bus_add_object_vtable(bus, NULL, MIRROR_ROOT, MANAGER_INTERFACE, vtable, targets);
}
