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

static void tell_changes(Watch *watch) {
        if (!changes_is_empty(&watch->inventory->changes))
                tell_soon(&watch->tell);
}

static int monitor_drops(const Watch *watch, uint64_t *ret) {
        sd_event_source *source = sd_device_monitor_get_event_source(watch->monitor);
        int fd;

        fd = sd_event_source_get_io_fd(source);
        return fd < 0 ? fd : drops_read(fd, ret);
}

static void begin_scan(Watch *watch) {
        int r;

        r = inventory_scan_begin(watch->inventory);
        watch->needs_scan = r < 0;
        if (r < 0)
                log_warning_errno(r, "Cannot read all paths, will try again: %m");
        else
                r = sd_event_source_set_enabled(watch->scan_source, SD_EVENT_ON);
        if (r < 0)
                watch->needs_scan = true;
}

static void end_scan(Watch *watch, int r) {
        (void) sd_event_source_set_enabled(watch->scan_source, SD_EVENT_OFF);
        if (r < 0) {
                log_warning_errno(r, "Cannot read all paths, will try again: %m");
                watch->needs_scan = true;
        }
}

static int on_scan(sd_event_source *source, void *userdata) {
        Watch *watch = userdata;
        int r;

        r = inventory_scan_step(watch->inventory, WATCH_SCAN_PIECE, now_usec(watch));
        if (r <= 0)
                end_scan(watch, r);
        tell_changes(watch);
        return 0;
}

static void resync_listeners(Watch *watch) {
        for (size_t i = 0; i < watch->n_listeners; i++)
                if (watch->listeners[i].on_resync)
                        watch->listeners[i].on_resync(watch->listeners[i].userdata);
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
                resync_listeners(watch);
        }

        /* One that is running is not begun anew, or a storm would keep it from its end. */
        if (watch->needs_scan && !watch->inventory->scan.is_running)
                begin_scan(watch);
}

/* drivers/scsi/scsi_lib.c, scsi_evt_emit(): the kernel tells, and leaves the rest to us. */
static void note_attention(Watch *watch, sd_device *device, const Hctl *hctl) {
        const char *attention;

        if (sd_device_get_property_value(device, "SDEV_UA", &attention) < 0 ||
            strcmp(attention, "REPORTED_LUNS_DATA_HAS_CHANGED") != 0)
                return;

        for (size_t i = 0; i < watch->n_listeners; i++)
                if (watch->listeners[i].on_luns_changed)
                        watch->listeners[i].on_luns_changed(watch->listeners[i].userdata, hctl);
}

/* What is behind a port and what is not; a partition is both. */
static int update_device(Watch *watch, sd_device *device, const char *devpath, bool is_block,
                         bool is_removed) {
        const char *type = "";
        DevPath where;
        bool is_path;

        (void) sd_device_get_devtype(device, &type);
        is_path = devpath_parse(devpath, &where) >= 0 && strcmp(type, "partition") != 0;
        if (is_block && !is_path)
                for (size_t i = 0; i < watch->n_listeners; i++)
                        if (watch->listeners[i].on_block)
                                watch->listeners[i].on_block(watch->listeners[i].userdata, device,
                                                             is_removed);
        if (!is_path)
                return 0;

        if (!is_block)
                note_attention(watch, device, &where.hctl);
        /* Without its disk a device may still be there. */
        if (is_removed && !is_block)
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
                return update_device(watch, device, devpath, strcmp(subsystem, "block") == 0,
                                     action == SD_DEVICE_REMOVE);
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

        tell_changes(watch);
        return 0;
}

static void on_tell(void *userdata) {
        Watch *watch = userdata;

        if (tell_is_bursting(&watch->tell))
                heal(watch);
        watch->tell_func(watch->tell_userdata);
}

static int sweep(Watch *watch) {
        size_t n = watch->inventory->index.n_paths / WATCH_SWEEPS + 1;
        uint64_t now = now_usec(watch);
        int r = 0, q;

        if (now - watch->ports_usec >= WATCH_PORTS_USEC) {
                watch->ports_usec = now;
                r = inventory_sweep_ports(watch->inventory, now);
        }
        q = inventory_sweep_devices(watch->inventory,
                                    n < WATCH_SWEEP_DEVICES ? n : WATCH_SWEEP_DEVICES, now);

        return r < 0 ? r : q;
}

static int on_sweep(sd_event_source *source, uint64_t usec, void *userdata) {
        Watch *watch = userdata;
        int r;

        heal(watch);
        r = sweep(watch);
        if (r < 0)
                log_warning_errno(r, "Cannot read the states of all paths, will try again: %m");
        tell_changes(watch);

        r = sd_event_source_set_time_relative(source, WATCH_SWEEP_USEC);
        if (r < 0)
                return log_error_errno(r, "Cannot go on looking for changed states: %m");
        return 0;
}

static int listen_to_udev(Watch *watch) {
        static const char *const subsystems[][2] = {
                { "block", NULL },
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

static int add_sources(Watch *watch) {
        int r;

        r = sd_event_add_time_relative(watch->event, &watch->sweep_timer, CLOCK_MONOTONIC,
                                       WATCH_SWEEP_USEC, WATCH_SWEEP_USEC / 10, on_sweep, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->sweep_timer, SD_EVENT_ON);
        if (r < 0)
                return r;

        r = sd_event_add_defer(watch->event, &watch->scan_source, on_scan, watch);
        if (r < 0)
                return r;
        /* Behind questions and events. */
        r = sd_event_source_set_priority(watch->scan_source, TELL_PRIORITY_BEHIND);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(watch->scan_source, SD_EVENT_OFF);
}

static void on_change_untold(ChangeKind kind, const char *cause, const Path *path, void *userdata) {
}

int watch_listen(Watch *watch, const WatchListener *listener) {
        if (watch->n_listeners == WATCH_LISTENERS_MAX)
                return -ENOBUFS;

        watch->listeners[watch->n_listeners++] = *listener;
        return 0;
}

int watch_start(Watch *watch, sd_event *event, Inventory *inventory, TellFunc tell,
                void *userdata) {
        int r;

        watch->inventory = inventory;
        watch->tell_func = tell;
        watch->tell_userdata = userdata;
        watch->event = sd_event_ref(event);

        r = tell_start(&watch->tell, event, on_tell, watch);
        if (r < 0)
                return r;
        r = listen_to_udev(watch);
        if (r < 0)
                return r;
        r = add_sources(watch);
        if (r < 0)
                return r;
        r = monitor_drops(watch, &watch->n_drops);
        if (r < 0)
                log_warning_errno(r, "Cannot tell whether events get lost: %m");

        r = inventory_scan(watch->inventory, now_usec(watch));
        watch->needs_scan = r < 0;
        if (r < 0)
                log_warning_errno(r, "Cannot read all paths, will try again: %m");
        changes_flush(&inventory->changes, &inventory->index, on_change_untold, NULL);
        return 0;
}

void watch_done(Watch *watch) {
        tell_done(&watch->tell);
        watch->scan_source = sd_event_source_disable_unref(watch->scan_source);
        watch->sweep_timer = sd_event_source_disable_unref(watch->sweep_timer);
        watch->monitor = sd_device_monitor_unref(watch->monitor);
        watch->event = sd_event_unref(watch->event);
}
