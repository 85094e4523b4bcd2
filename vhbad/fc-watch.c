/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/fc-watch.h"
#include "common/cleanup.h"
#include "common/log.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-device.h>

/*
 * SCSI_NL_GRP_FC_EVENTS of include/scsi/scsi_netlink.h, which reads like a mask (1 << 2), but is
 * what the kernel multicasts to as a number: group 4.
 */
#define FC_EVENTS_GROUP (1U << (4 - 1))
/* Events come in handfuls: the vport, its SCSI host, its fc_host. */
#define DELAY_USEC (10 * UINT64_C(1000))
/* A storm of events must not keep us reading sysfs. */
#define PAUSE_USEC (100 * UINT64_C(1000))

struct FcWatch {
        sd_device_monitor *monitor;
        int netlink_fd;
        sd_event_source *netlink;
        sd_event_source *timer;
        uint64_t last_usec; /* when `changed` was called last */
        void (*changed)(void *userdata);
        void *userdata;
};

static int schedule(FcWatch *watch) {
        uint64_t now, time;
        int r;

        if (sd_event_source_get_enabled(watch->timer, NULL) > 0)
                return 0;
        r = sd_event_now(sd_event_source_get_event(watch->timer), CLOCK_MONOTONIC, &now);
        if (r < 0)
                return r;

        time = now + DELAY_USEC;
        if (time < watch->last_usec + PAUSE_USEC)
                time = watch->last_usec + PAUSE_USEC;
        r = sd_event_source_set_time(watch->timer, time);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
}

void fc_watch_trigger(FcWatch *watch) {
        int r;

        r = schedule(watch);
        if (r < 0)
                log_warning_errno(r, "Cannot follow Fibre Channel hosts: %m");
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        FcWatch *watch = userdata;

        watch->changed(watch->userdata);
        (void) sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &watch->last_usec);
        return 0;
}

static int on_uevent(sd_device_monitor *monitor, sd_device *device, void *userdata) {
        sd_device_action_t action = _SD_DEVICE_ACTION_INVALID;
        const char *subsystem = "";

        (void) sd_device_get_action(device, &action);
        (void) sd_device_get_subsystem(device, &subsystem);
        /* Of PCI devices only a driver that comes or goes is of interest. */
        if (strcmp(subsystem, "pci") == 0 && action != SD_DEVICE_BIND && action != SD_DEVICE_UNBIND)
                return 0;

        fc_watch_trigger(userdata);
        return 0;
}

/* What happened does not matter: it is read from sysfs. Nor do lost messages, for that reason. */
static int on_netlink(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        char buffer[8192];

        while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
                ;
        fc_watch_trigger(userdata);
        return 0;
}

static int open_monitor(FcWatch *watch, sd_event *event) {
        static const char *const subsystems[] = { "fc_host", "fc_vports", "pci" };
        int r;

        r = sd_device_monitor_new(&watch->monitor);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LEN(subsystems); i++) {
                r = sd_device_monitor_filter_add_match_subsystem_devtype(watch->monitor,
                                                                         subsystems[i], NULL);
                if (r < 0)
                        return r;
        }
        r = sd_device_monitor_attach_event(watch->monitor, event);
        if (r < 0)
                return r;
        return sd_device_monitor_start(watch->monitor, on_uevent, watch);
}

static int open_netlink(FcWatch *watch, sd_event *event) {
        struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = FC_EVENTS_GROUP };

        watch->netlink_fd =
                socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SCSITRANSPORT);
        if (watch->netlink_fd < 0)
                return -errno;
        if (bind(watch->netlink_fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        return sd_event_add_io(event, &watch->netlink, watch->netlink_fd, EPOLLIN, on_netlink,
                               watch);
}

int fc_watch_new(sd_event *event, void (*changed)(void *userdata), void *userdata, FcWatch **ret) {
        _cleanup_(fc_watch_freep) FcWatch *watch = NULL;
        int r;

        watch = calloc(1, sizeof *watch);
        if (!watch)
                return -ENOMEM;
        *watch = (FcWatch){ .netlink_fd = -EBADF, .changed = changed, .userdata = userdata };

        r = sd_event_add_time_relative(event, &watch->timer, CLOCK_MONOTONIC, 0, 1, on_time, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = open_monitor(watch, event);
        if (r < 0)
                return r;
        /* Not there in a container, or before scsi_mod is loaded; then polling has to do. */
        r = open_netlink(watch, event);
        if (r < 0)
                log_debug("No events of the FC transport here, so states are polled only.");

        *ret = TAKE_PTR(watch);
        return 0;
}

FcWatch *fc_watch_free(FcWatch *watch) {
        if (!watch)
                return NULL;

        sd_device_monitor_unref(watch->monitor);
        sd_event_source_disable_unref(watch->netlink);
        if (watch->netlink_fd >= 0)
                (void) close(watch->netlink_fd);
        sd_event_source_disable_unref(watch->timer);
        free(watch);
        return NULL;
}
