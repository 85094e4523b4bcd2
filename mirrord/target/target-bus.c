/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/target-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/log.h"
#include "common/polkit.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/target/prepare-bus.h"
#include "mirrord/target/target-request.h"

#include <stddef.h>
#include <string.h>

#define TARGET_INTERFACE MIRROR_NAME ".Target"

const char *target_bus_path(const Target *target, TargetBusPath ret) {
        (void) snprintf(ret, sizeof(TargetBusPath), TARGET_BUS_ROOT "/%s", target->id);
        return ret;
}

/* What sd-bus hands to a method is the target that was found. */
static Targets *all;

static int not_ready(const Target *target, const char *wanted, sd_bus_error *error) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_NOT_READY, "Target %s is %s: %s.", target->id,
                                 target_state_text(target->state), wanted);
}

/* The same once more is nothing new. */
static bool is_exported_so(const Target *target, const char *monitor,
                           char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1]) {
        if (target->phase != TARGET_PHASE_EXPORTING || target->is_served ||
            strcmp(target->monitor, monitor) != 0)
                return false;
        for (size_t i = 0; i < target->n_disks; i++)
                if (strcmp(target->disks[i].node, nodes[i]) != 0)
                        return false;

        return true;
}

static int export(Target *target, const char *monitor, bool is_served,
                  char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1], sd_bus_error *error) {
        if (target->phase != TARGET_PHASE_PREPARED)
                return not_ready(target, "that can be done while it is prepared", error);
        for (size_t i = 0; i < target->n_disks; i++)
                (void) strcpy(target->disks[i].node, nodes[i]);

        return targets_export(all, target, monitor, is_served);
}

static int method_export(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        char nodes[MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1] = { "" };
        Target *target = userdata;
        const char *monitor;
        int r;

        r = target_request_read_nodes(call, target, nodes, &monitor, error);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!is_exported_so(target, monitor, nodes))
                r = export(target, monitor, false, nodes, error);

        return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_serve(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        char nodes[MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1] = { "" };
        Target *target = userdata;
        TargetPath monitor;
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        for (size_t i = 0; i < target->n_disks; i++)
                (void) snprintf(nodes[i], sizeof nodes[i], "disk-%zu", i);
        if (target->phase != TARGET_PHASE_EXPORTING || !target->is_served)
                r = export(target, target_monitor(target, monitor), true, nodes, error);

        return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_connections(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Target *target = userdata;
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (target->state != TARGET_LISTENING)
                return not_ready(target, "there are connections while it is listening", error);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sqqs)");
        for (size_t i = 0; r >= 0 && i < target->n_disks; i++) {
                const TargetDisk *disk = target->disks + i;

                r = sd_bus_message_append(reply, "(sqqs)", disk->name, disk->ports[TARGET_RELAY],
                                          disk->ports[TARGET_VERIFIER], disk->key);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_message_sensitive(reply);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int act(sd_bus_message *call, Target *target, int (*func)(Targets *targets, Target *target),
               const char *wanted, sd_bus_error *error) {
        int r;

        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = func(all, target);
        if (r == -EAGAIN)
                return not_ready(target, wanted, error);

        return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_commit(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, targets_commit,
                   "that can be done once it is prepared, and not after Abort", error);
}

static int method_abort(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, targets_abort, "its disks are kept since Commit", error);
}

static int method_forget(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return act(call, userdata, targets_forget,
                   "that can be done once it has ended: Commit or Abort", error);
}

static int property_get_text(sd_bus *bus, const char *path, const char *interface,
                             const char *property, sd_bus_message *reply, void *userdata,
                             sd_bus_error *error) {
        const Target *target = userdata;
        const char *text = target->message ?: "";

        if (strcmp(property, "Id") == 0)
                text = target->id;
        else if (strcmp(property, "State") == 0)
                text = target_state_text(target->state);
        else if (strcmp(property, "Monitor") == 0)
                text = target->monitor && !target->is_served ? target->monitor : "";

        return sd_bus_message_append(reply, "s", text);
}

static int property_get_disks(sd_bus *bus, const char *path, const char *interface,
                              const char *property, sd_bus_message *reply, void *userdata,
                              sd_bus_error *error) {
        const Target *target = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssstbs)");
        for (size_t i = 0; r >= 0 && i < target->n_disks; i++) {
                const TargetDisk *disk = target->disks + i;

                r = sd_bus_message_append(reply, "(ssstbs)", disk->name, disk->path,
                                          storage_format_text(disk->format), disk->size_bytes,
                                          (int) target_disk_is_created(disk), disk->node);
        }

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define FIELD(name, type, field, flags) \
        SD_BUS_PROPERTY(name, type, NULL, offsetof(Target, field), flags)

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Export", SD_BUS_ARGS("s", monitor, "a(ss)", nodes),
                                SD_BUS_NO_RESULT, method_export, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Serve", NULL, NULL, method_serve, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Connections", SD_BUS_NO_ARGS,
                                SD_BUS_RESULT("a(sqqs)", connections), method_connections,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Commit", NULL, NULL, method_commit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Abort", NULL, NULL, method_abort, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Forget", NULL, NULL, method_forget, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Id", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("State", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Message", "s", property_get_text, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Disks", "a(ssstbs)", property_get_disks, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        FIELD("Address", "s", address, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Monitor", "s", property_get_text, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        FIELD("Owner", "u", uid, SD_BUS_VTABLE_PROPERTY_CONST),
        FIELD("Started", "t", started_usec, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

static int find_target(sd_bus *bus, const char *path, const char *interface, void *userdata,
                       void **ret, sd_bus_error *error) {
        const char *id = bus_path_below(path, TARGET_BUS_ROOT);
        Target *target = id ? targets_find(userdata, id) : NULL;

        if (!target)
                return 0;

        *ret = target;
        return 1;
}

static int enumerate_targets(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                             sd_bus_error *error) {
        _cleanup_(bus_paths_free) char **nodes = NULL;
        const Targets *targets = userdata;
        Target *target;
        size_t n = 0;
        int r;

        TAILQ_FOREACH(target, &targets->list, targets) {
                TargetBusPath path;

                if (target->is_forgotten)
                        continue;
                r = bus_paths_add(&nodes, &n, target_bus_path(target, path));
                if (r < 0)
                        return r;
        }

        *ret_nodes = TAKE_PTR(nodes);
        return 0;
}

static void log_untold(int r, const Target *target) {
        if (r < 0)
                log_warning_errno(r, "Cannot tell of target %s: %m", target->id);
}

static void on_added(void *userdata, Target *target) {
        TargetBusPath path;

        log_untold(sd_bus_emit_object_added(userdata, target_bus_path(target, path)), target);
}

static void on_change(void *userdata, Target *target) {
        TargetBusPath path;

        log_untold(sd_bus_emit_properties_changed(userdata, target_bus_path(target, path),
                                                  TARGET_INTERFACE, "State", "Message", "Disks",
                                                  "Monitor", NULL),
                   target);
}

static void on_removed(void *userdata, Target *target) {
        TargetBusPath path;

        log_untold(sd_bus_emit_object_removed(userdata, target_bus_path(target, path)), target);
}

static void on_collected(void *userdata) {
        prepare_bus_tell_collected();
}

int target_bus_add(Targets *targets, sd_bus *bus) {
        int r;

        all = targets;
        targets->observer = (TargetsObserver){ on_added, on_change, on_removed, on_collected, bus };
        r = sd_bus_add_object_manager(bus, NULL, TARGET_BUS_ROOT);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(bus, NULL, TARGET_BUS_ROOT, TARGET_INTERFACE, vtable,
                                               find_target, targets);
        if (r >= 0)
                r = sd_bus_add_node_enumerator(bus, NULL, TARGET_BUS_ROOT, enumerate_targets,
                                               targets);

        return r < 0 ? r : prepare_bus_add(targets, bus);
}
