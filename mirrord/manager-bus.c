/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/manager-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/clock.h"
#include "common/polkit.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/mirror-request.h"

#define MANAGER_INTERFACE "org.npivot.mirror1.Manager"

/* The same call twice is one job: the caller has its name. */
static int find_same(const Mirrors *mirrors, const Mirror *mirror, const Mirror **ret,
                     sd_bus_error *error) {
        const Mirror *other = *mirror->id ? mirrors_find(mirrors, mirror->id) : NULL;

        if (!other)
                return 0;
        if (other->uid != mirror->uid || !mirror_is_same_request(other, mirror))
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_MIRRORED,
                                         "There is a mirror “%s” of something else: take another "
                                         "name, or forget that one.",
                                         mirror->id);
        *ret = other;
        return 1;
}

static int add(Mirrors *mirrors, Mirror *mirror, sd_bus_error *error) {
        const Mirror *other = NULL;
        int r;

        mirror->started_usec = clock_now_usec(CLOCK_REALTIME);
        r = mirrors_add(mirrors, mirror, &other);
        if (r == -EEXIST)
                return sd_bus_error_setf(error, NPIVOT_ERROR_ALREADY_MIRRORED,
                                         "Job %s has %s already: abort it first.", other->id,
                                         mirror->kind == MIRROR_LEGACY ||
                                                         other->kind == MIRROR_LEGACY
                                                 ? "disks of this QEMU"
                                                 : "one of these nodes");
        if (r == -EUSERS)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "There are %d mirrors already: forget those that have "
                                         "ended.",
                                         MIRRORS_MAX);

        return r;
}

static int start(sd_bus_message *call, Mirrors *mirrors,
                 int (*read)(sd_bus_message *call, Mirror *mirror, sd_bus_error *error),
                 sd_bus_error *error) {
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();
        const Mirror *same = NULL;
        MirrorPath path;
        int r;

        if (!mirror)
                return -ENOMEM;
        r = read(call, mirror, error);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = bus_query_uid(call, &mirror->uid);
        if (r >= 0)
                r = find_same(mirrors, mirror, &same, error);
        if (r > 0)
                return sd_bus_reply_method_return(call, "o", mirror_bus_path(same, path));
        if (r >= 0)
                r = add(mirrors, mirror, error);
        if (r < 0)
                return r;

        return sd_bus_reply_method_return(call, "o", mirror_bus_path(TAKE_PTR(mirror), path));
}

static int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return start(call, userdata, mirror_request_read, error);
}

static int method_start_legacy(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return start(call, userdata, mirror_request_read_legacy, error);
}

static int property_get_version(sd_bus *bus, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", NPIVOT_VERSION);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Start",
                SD_BUS_ARGS("s", monitor, "a(sstqs)", disks, "s", address, "a{sv}", options),
                SD_BUS_RESULT("o", job), method_start, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "StartLegacy",
                SD_BUS_ARGS("s", monitor, "s", address, "q", port, "s", key, "a{sv}", options),
                SD_BUS_RESULT("o", job), method_start_legacy, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Version", "s", property_get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Mirrors *mirrors, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, MIRROR_ROOT, MANAGER_INTERFACE, vtable, mirrors);
}
