/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/watch.h"

#include "common/log.h"
#include "common/message-ids.h"
#include "lunwatch/path/drops.h"

#include <inttypes.h>
#include <string.h>

static uint64_t now_usec(const Watch *watch) {
        uint64_t now = 0;

        (void) sd_event_now(watch->event, CLOCK_MONOTONIC, &now);
        return now;
}

/* The first change begins the window; what follows within it goes with the same signal. */
static void tell_soon(Watch *watch) {
        int enabled, r;

        if (changes_is_empty(&watch->inventory->changes))
                return;
        r = sd_event_source_get_enabled(watch->tell_timer, &enabled);
        if (r >= 0 && enabled != SD_EVENT_OFF)
                return;

        r = sd_event_source_set_time_relative(watch->tell_timer, WATCH_TELL_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->tell_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error_errno(r, "Cannot wait for more changes, telling at once: %m");
        if (r < 0)
                watch->tell(watch->userdata);
}

static int monitor_drops(const Watch *watch, uint64_t *ret) {
        sd_event_source *source = sd_device_monitor_get_event_source(watch->monitor);
        int fd;

        fd = sd_event_source_get_io_fd(source);
        return fd < 0 ? fd : drops_read(fd, ret);
}

static void scan(Watch *watch) {
        int r;

        r = inventory_scan(watch->inventory, now_usec(watch));
        watch->needs_scan = r < 0;
        if (r < 0)
                log_warning_errno(r, "Cannot read all paths, will try again: %m");
}

/* Nothing but the column says that events are missing; everything may have changed then. */
static void heal(Watch *watch) {
        uint64_t n_drops = watch->n_drops;
        int r;

        r = monitor_drops(watch, &n_drops);
        if (r < 0)
                log_message_errno(LOG_DEBUG, r, "Cannot tell whether events were lost: %m");
        if (n_drops != watch->n_drops) {
                log_event(LOG_WARNING, MESSAGE_EVENTS_LOST, NULL,
                          "The kernel dropped %" PRIu64 " device events, reading all paths again.",
                          n_drops - watch->n_drops);
                watch->n_drops = n_drops;
                watch->needs_scan = true;
        }

        if (watch->needs_scan)
                scan(watch);
}

static int update_device(Watch *watch, const char *devpath, bool is_removed) {
        DevPath where;

        /* SCSI without Fibre Channel is none of our business. */
        if (devpath_parse(devpath, &where) < 0)
                return 0;
        if (is_removed)
                return inventory_remove(watch->inventory, &where.hctl);

        return inventory_update(watch->inventory, &where, now_usec(watch));
}

static int update_rport(Watch *watch, const char *name) {
        RportId rport;

        if (rport_parse(name, &rport) < 0)
                return 0;

        return inventory_update_rport(watch->inventory, &rport, now_usec(watch));
}

static int update(Watch *watch, sd_device *device) {
        const char *devpath, *subsystem, *name;
        sd_device_action_t action;
        int r;

        r = sd_device_get_devpath(device, &devpath);
        if (r < 0)
                return r;
        r = sd_device_get_subsystem(device, &subsystem);
        if (r < 0)
                return r;
        r = sd_device_get_action(device, &action);
        if (r < 0)
                return r;

        if (strcmp(subsystem, "fc_remote_ports") != 0)
                return update_device(watch, devpath,
                                     action == SD_DEVICE_REMOVE && strcmp(subsystem, "scsi") == 0);
        if (action == SD_DEVICE_REMOVE)
                return 0;

        r = sd_device_get_sysname(device, &name);
        return r < 0 ? r : update_rport(watch, name);
}

static int on_device(sd_device_monitor *monitor, sd_device *device, void *userdata) {
        Watch *watch = userdata;
        int r;

        r = update(watch, device);
        if (r < 0) {
                log_warning_errno(r, "Cannot follow a path, will read all of them: %m");
                watch->needs_scan = true;
        }

        tell_soon(watch);
        return 0;
}

static int on_tell(sd_event_source *source, uint64_t usec, void *userdata) {
        Watch *watch = userdata;

        heal(watch);
        watch->tell(watch->userdata);
        return 0;
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *userdata) {
        Watch *watch = userdata;
        int r;

        heal(watch);
        r = inventory_sweep(watch->inventory, now_usec(watch));
        if (r < 0)
                log_warning_errno(r, "Cannot read the states of all paths, will try again: %m");
        tell_soon(watch);

        r = sd_event_source_set_time_relative(source, WATCH_SWEEP_USEC);
        if (r < 0)
                return log_error_errno(r, "Cannot go on looking for changed states: %m");
        return 0;
}

static int listen_to_udev(Watch *watch) {
        static const char *const subsystems[][2] = {
                { "block", "disk" },
                { "fc_remote_ports", NULL },
                { "scsi", "scsi_device" },
        };
        int r;

        r = sd_device_monitor_new(&watch->monitor);
        if (r < 0)
                return r;
        r = sd_device_monitor_set_receive_buffer_size(watch->monitor, WATCH_BUFFER_BYTES);
        if (r < 0)
                log_warning_errno(r, "Cannot make room for bursts of events: %m");

        for (size_t i = 0; i < ARRAY_LEN(subsystems); i++) {
                r = sd_device_monitor_filter_add_match_subsystem_devtype(
                        watch->monitor, subsystems[i][0], subsystems[i][1]);
                if (r < 0)
                        return r;
        }

        r = sd_device_monitor_attach_event(watch->monitor, watch->event);
        if (r < 0)
                return r;

        return sd_device_monitor_start(watch->monitor, on_device, watch);
}

static int add_timers(Watch *watch) {
        int r;

        r = sd_event_add_time_relative(watch->event, &watch->tell_timer, CLOCK_MONOTONIC,
                                       WATCH_TELL_USEC, WATCH_TELL_USEC / 10, on_tell, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->tell_timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        r = sd_event_add_time_relative(watch->event, &watch->sweep_timer, CLOCK_MONOTONIC,
                                       WATCH_SWEEP_USEC, WATCH_SWEEP_USEC / 10, on_sweep, watch);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(watch->sweep_timer, SD_EVENT_ON);
}

static void on_change_untold(ChangeKind kind, const Path *path, void *userdata) {
}

int watch_start(Watch *watch, sd_event *event, Inventory *inventory, WatchTell tell,
                void *userdata) {
        int r;

        *watch = (Watch){
                .inventory = inventory,
                .tell = tell,
                .userdata = userdata,
                .event = sd_event_ref(event),
        };

        r = listen_to_udev(watch);
        if (r < 0)
                return r;
        r = add_timers(watch);
        if (r < 0)
                return r;
        r = monitor_drops(watch, &watch->n_drops);
        if (r < 0)
                log_warning_errno(r, "Cannot tell whether events get lost: %m");

        scan(watch);
        changes_flush(&inventory->changes, &inventory->index, on_change_untold, NULL);
        return 0;
}

void watch_done(Watch *watch) {
        watch->tell_timer = sd_event_source_disable_unref(watch->tell_timer);
        watch->sweep_timer = sd_event_source_disable_unref(watch->sweep_timer);
        watch->monitor = sd_device_monitor_unref(watch->monitor);
        watch->event = sd_event_unref(watch->event);
}
