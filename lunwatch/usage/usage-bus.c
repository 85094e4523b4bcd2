/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/usage/usage-bus.h"

#include "common/bus-error.h"
#include "lunwatch/manager-bus.h"
#include "lunwatch/map/maps-bus.h"
#include "lunwatch/path/path-bus.h"

#include <string.h>

int use_bus_append_list(sd_bus_message *m, const UseList *uses) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "(ssss)");
        for (size_t i = 0; r >= 0 && i < uses->n; i++) {
                const Use *use = uses->items + i;
                char device[sizeof "/dev/" + MAP_DEVICE_MAX];

                (void) snprintf(device, sizeof device, "/dev/%s", use->device);
                r = sd_bus_message_append(m, "(ssss)", use->kind, use->object, device, use->words);
        }

        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int refuse(sd_bus_error *error, int r, const char *name) {
        if (r != -ENOENT)
                return maps_bus_refuse(error, r, name);

        return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_OBJECT,
                                 "“%s” is no path, LUN, map, port or mount point of a LUN here: "
                                 "give a device or link below /dev, an H:C:T:L, a WWID, a WWPN, an "
                                 "iSCSI name, a map's name or uuid, or a mount point.",
                                 name);
}

static int method_get_usage(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(use_list_done) UseList uses = { 0 };
        _cleanup_(found_done) Found found = { 0 };
        UsageBus *self = userdata;
        const char *name;
        bool is_mount;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = usage_find(self->usage, name, &found, &is_mount);
        if (r < 0)
                return refuse(error, r, name);

        r = usage_of(self->usage, &found, &uses);
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = use_bus_append_list(reply, &uses);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int append_maps(sd_bus_message *reply, const UsageBus *self, const Found *found) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', MAP_BUS_TYPE);
        for (size_t i = 0; r >= 0 && i < found->n_maps; i++)
                r = map_bus_append(reply, found->maps[i], &self->usage->inventory->index);

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_trace(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(use_list_done) UseList uses = { 0 };
        _cleanup_(found_done) Found found = { 0 };
        UsageBus *self = userdata;
        const char *name;
        bool is_mount;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = usage_find(self->usage, name, &found, &is_mount);
        if (r < 0)
                return refuse(error, r, name);

        r = usage_of(self->usage, &found, &uses);
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "s",
                                          is_mount ? "mount" : found_kind_text(found.kind));
        if (r >= 0)
                r = path_bus_append_list(reply, found.paths, found.n_paths);
        if (r >= 0)
                r = append_maps(reply, self, &found);
        if (r >= 0)
                r = use_bus_append_list(reply, &uses);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

void usage_bus_note(UsageBus *self, const char *device) {
        char **changed;

        for (size_t i = 0; i < self->n_changed; i++)
                if (strcmp(self->changed[i], device) == 0)
                        return;

        changed = reallocarray(self->changed, self->n_changed + 2, sizeof *changed);
        if (!changed)
                return;
        self->changed = changed;
        changed[self->n_changed] = strdup(device);
        if (changed[self->n_changed])
                changed[++self->n_changed] = NULL;
        tell_soon(self->tell);
}

static void forget(UsageBus *self) {
        for (size_t i = 0; i < self->n_changed; i++)
                free(self->changed[i]);
        self->n_changed = 0;
}

void usage_bus_done(UsageBus *self) {
        forget(self);
        free(self->changed);
        self->changed = NULL;
}

int usage_bus_tell(UsageBus *self) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        int r;

        if (self->n_changed == 0)
                return 0;

        r = sd_bus_message_new_signal(self->bus, &signal, MANAGER_PATH, USAGE_INTERFACE, "Changed");
        if (r >= 0)
                r = sd_bus_message_append_strv(signal, self->changed);
        if (r >= 0)
                r = sd_bus_send(self->bus, signal, NULL);
        forget(self);

        return r;
}

static void on_block(void *userdata, sd_device *device, bool is_removed) {
        const char *name;

        if (sd_device_get_sysname(device, &name) >= 0)
                usage_bus_note(userdata, name);
}

static void on_resync(void *userdata) {
        /* Whoever wants to know asks again: usage is read when it is asked for. */
}

WatchListener usage_bus_listener(UsageBus *self) {
        return (WatchListener){ .on_block = on_block, .on_resync = on_resync, .userdata = self };
}

static const sd_bus_vtable usage_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetUsage", SD_BUS_ARGS("s", name),
                                SD_BUS_RESULT(USE_BUS_LIST, uses), method_get_usage,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Trace", SD_BUS_ARGS("s", name),
                                SD_BUS_RESULT("s", kind, PATH_BUS_LIST, paths, "a" MAP_BUS_TYPE,
                                              maps, USE_BUS_LIST, uses),
                                method_trace, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Changed", SD_BUS_ARGS("as", devices), 0),
        SD_BUS_VTABLE_END,
};

int usage_bus_add(UsageBus *self, sd_bus *bus, const Usage *usage, Tell *tell) {
        *self = (UsageBus){ .bus = bus, .usage = usage, .tell = tell };

        return sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, USAGE_INTERFACE, usage_vtable,
                                        self);
}
