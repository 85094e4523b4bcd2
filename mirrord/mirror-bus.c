/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/log.h"
#include "common/polkit.h"

#include <stddef.h>
#include <string.h>

const char *mirror_bus_path(const Mirror *mirror, MirrorPath ret) {
        (void) snprintf(ret, sizeof(MirrorPath), MIRROR_JOB_ROOT "/%s", mirror->id);
        return ret;
}

static int not_ready(const Mirror *mirror, const char *wanted, sd_bus_error *error) {
        return sd_bus_error_setf(
                error, NPIVOT_ERROR_NOT_READY, "Mirror %s is %s%s: that can be done once it %s.",
                mirror->id, mirror_state_text(mirror->state),
                mirror->phase == PHASE_MIRRORING && mirror->is_paused ? " and paused" : "", wanted);
}

static int not_so(const Mirror *mirror, sd_bus_error *error) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_ARGUMENT,
                                 "Job %s moves a whole QEMU, which is neither switched, paused nor "
                                 "verified: SetSpeed slows it down, Abort ends it.",
                                 mirror->id);
}

/* What sd-bus hands to a method is the mirror that was found. */
static Mirrors *all;

/* wanted: when that can be done; NULL: always. */
static int answer(sd_bus_message *call, const Mirror *mirror, int r, const char *wanted,
                  sd_bus_error *error) {
        if (r == -EAGAIN && wanted)
                return not_ready(mirror, wanted, error);
        if (r == -ENOSYS)
                return not_so(mirror, error);

        return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int act(sd_bus_message *call, Mirror *mirror, int (*func)(Mirrors *mirrors, Mirror *mirror),
               const char *wanted, sd_bus_error *error) {
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return answer(call, mirror, func(all, mirror), wanted, error);
}

static int method_switch(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, mirrors_switch, "is ready and not paused", error);
}

static int method_abort(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, mirrors_abort, NULL, error);
}

static int method_forget(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, mirrors_forget, "has ended", error);
}

static int set_pause(sd_bus_message *call, Mirror *mirror, bool is_paused, sd_bus_error *error) {
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return answer(call, mirror, mirrors_pause(all, mirror, is_paused), "is copying", error);
}

static int method_pause(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return set_pause(call, userdata, true, error);
}

static int method_resume(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return set_pause(call, userdata, false, error);
}

static int method_verify(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        Mirror *mirror = userdata;
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = mirrors_verify(all, mirror);
        if (r == -ENOTSUP)
                return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_ARGUMENT,
                                         "Mirror %s was begun without VerifyPorts: there is no "
                                         "verifier on the other host.",
                                         mirror->id);

        return answer(call, mirror, r, "is ready and not paused", error);
}

static int method_set_speed(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        uint64_t speed;
        int r;

        r = sd_bus_message_read(call, "t", &speed);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = mirrors_set_speed(all, userdata, speed);

        return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int property_get_text(sd_bus *bus, const char *path, const char *interface,
                             const char *property, sd_bus_message *reply, void *userdata,
                             sd_bus_error *error) {
        const Mirror *mirror = userdata;
        const char *text = mirror->message ?: "";

        if (strcmp(property, "Id") == 0)
                text = mirror->id;
        else if (strcmp(property, "Engine") == 0)
                text = mirror_kind_text(mirror->kind);
        else if (strcmp(property, "State") == 0)
                text = mirror_state_text(mirror->state);
        else if (strcmp(property, "Convergence") == 0)
                text = mirror_convergence_text(mirror->convergence);
        else if (strcmp(property, "CopyMode") == 0)
                text = mirror_copy_mode_text(mirror->is_write_blocking);
        else if (strcmp(property, "Verification") == 0)
                text = mirror_verification_text(mirror);

        return sd_bus_message_append(reply, "s", text);
}

static int property_get_paused(sd_bus *bus, const char *path, const char *interface,
                               const char *property, sd_bus_message *reply, void *userdata,
                               sd_bus_error *error) {
        const Mirror *mirror = userdata;

        return sd_bus_message_append(reply, "b", mirror->is_paused);
}

static int property_get_disks(sd_bus *bus, const char *path, const char *interface,
                              const char *property, sd_bus_message *reply, void *userdata,
                              sd_bus_error *error) {
        const Mirror *mirror = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssstts)");
        for (size_t i = 0; r >= 0 && i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;

                r = sd_bus_message_append(reply, "(ssstts)", disk->name, disk->node,
                                          disk_state_text(disk->state), disk->n_done, disk->n_total,
                                          disk->message ?: "");
        }

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define FIELD(name, type, field, flags) \
        SD_BUS_PROPERTY(name, type, NULL, offsetof(Mirror, field), flags)

#define CHANGING(name, type, get) \
        SD_BUS_PROPERTY(name, type, get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Switch", NULL, NULL, method_switch, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Abort", NULL, NULL, method_abort, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetSpeed", SD_BUS_ARGS("t", bytes_per_second), SD_BUS_NO_RESULT,
                                method_set_speed, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Pause", NULL, NULL, method_pause, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Resume", NULL, NULL, method_resume, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Verify", NULL, NULL, method_verify, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Forget", NULL, NULL, method_forget, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Id", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Engine", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Monitor", "s", monitor, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Message", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Disks", "a(ssstts)", property_get_disks, 0, 0),
        FIELD("Done", "t", n_done, 0),
        FIELD("Total", "t", n_total, 0),
        FIELD("DirtyRate", "t", dirty_rate, 0),
        FIELD("Eta", "t", eta_usec, 0),
        CHANGING("Convergence", "s", property_get_text),
        CHANGING("CopyMode", "s", property_get_text),
        CHANGING("Paused", "b", property_get_paused),
        CHANGING("Verification", "s", property_get_text),
        FIELD("Retried", "u", n_retried, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Rate", "t", rate, 0),
        FIELD("Speed", "t", speed, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        FIELD("Owner", "u", uid, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Started", "t", started_usec, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

static int find_mirror(sd_bus *bus, const char *path, const char *interface, void *userdata,
                       void **ret, sd_bus_error *error) {
        const char *id = bus_path_below(path, MIRROR_JOB_ROOT);
        Mirror *mirror = id ? mirrors_find(userdata, id) : NULL;

        if (!mirror)
                return 0;

        *ret = mirror;
        return 1;
}

static int enumerate_mirrors(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                             sd_bus_error *error) {
        _cleanup_(bus_paths_free) char **nodes = NULL;
        const Mirrors *mirrors = userdata;
        Mirror *mirror;
        size_t n = 0;
        int r;

        TAILQ_FOREACH(mirror, &mirrors->list, mirrors) {
                MirrorPath path;

                r = bus_paths_add(&nodes, &n, mirror_bus_path(mirror, path));
                if (r < 0)
                        return r;
        }

        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

static void log_untold(int r, const Mirror *mirror) {
        if (r < 0)
                log_warning_errno(r, "Cannot tell of mirror %s: %m", mirror->id);
}

static void on_added(void *userdata, Mirror *mirror) {
        MirrorPath path;

        log_untold(sd_bus_emit_object_added(userdata, mirror_bus_path(mirror, path)), mirror);
}

static void on_change(void *userdata, Mirror *mirror) {
        MirrorPath path;

        log_untold(sd_bus_emit_properties_changed(userdata, mirror_bus_path(mirror, path),
                                                  MIRROR_JOB_INTERFACE, "State", "Message", "Speed",
                                                  "Convergence", "CopyMode", "Paused",
                                                  "Verification", "Retried", NULL),
                   mirror);
}

static void on_removed(void *userdata, Mirror *mirror) {
        MirrorPath path;

        log_untold(sd_bus_emit_object_removed(userdata, mirror_bus_path(mirror, path)), mirror);
}

int mirror_bus_add(Mirrors *mirrors, sd_bus *bus) {
        int r;

        all = mirrors;
        mirrors->observer = (MirrorsObserver){ on_added, on_change, on_removed, bus };
        r = sd_bus_add_object_manager(bus, NULL, MIRROR_JOB_ROOT);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(bus, NULL, MIRROR_JOB_ROOT, MIRROR_JOB_INTERFACE,
                                               vtable, find_mirror, mirrors);
        if (r >= 0)
                r = sd_bus_add_node_enumerator(bus, NULL, MIRROR_JOB_ROOT, enumerate_mirrors,
                                               mirrors);

        return r;
}
