/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fc-sysfs MOUNTPOINT DEV-DIR MAJOR SOCKET: a /sys with Fibre Channel HBAs made of nothing. Device
 * nodes go to DEV-DIR with the given major number, uevents to this network namespace; fc-ctl talks
 * to SOCKET. Prints "ready" once the mount answers, and serves it until it is unmounted or killed.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "device.h"
#include "mem.h"
#include "serve.h"
#include "tree.h"
#include "uevent.h"

/* What programs expect of any /sys, and mount points for the box. */
static void make_skeleton(void) {
        static const char *const dirs[] = {
                "block",
                "bus/pci/devices",
                "bus/pci/drivers",
                "bus/scsi/devices",
                "bus/scsi/drivers",
                "bus/workqueue/devices",
                "class/block",
                "class/fc_host",
                "class/fc_remote_ports",
                "class/fc_transport",
                "class/fc_vports",
                "class/scsi_device",
                "class/scsi_disk",
                "class/scsi_generic",
                "class/scsi_host",
                "dev/block",
                "dev/char",
                "devices/virtual",
                "firmware",
                "fs/cgroup",
                "fs/fuse/connections",
                "kernel",
                "module",
        };
        long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
        Node *cpu;

        for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
                (void) node_dir(tree_root(), dirs[i]);

        cpu = node_dir(tree_root(), "devices/system/cpu");
        (void) node_text(cpu, "online", "0-%ld\n", n_cpus - 1);
        (void) node_text(cpu, "possible", "0-%ld\n", n_cpus - 1);
        (void) node_text(cpu, "present", "0-%ld\n", n_cpus - 1);
}

static int fail(const char *what, int error) {
        fprintf(stderr, "fc-sysfs: Cannot %s: %s\n", what, strerror(-error));
        return EXIT_FAILURE;
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        int dev_fd, r;

        if (argc != 5) {
                fprintf(stderr, "Usage: fc-sysfs MOUNTPOINT DEV-DIR MAJOR SOCKET\n");
                return 2;
        }

        dev_fd = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dev_fd < 0)
                return fail("open the directory for device nodes", -errno);
        device_set_nodes(dev_fd, (unsigned) atoi(argv[3]));
        make_skeleton();

        r = sd_event_default(&event);
        if (r < 0)
                return fail("make an event loop", r);
        r = uevent_open();
        if (r < 0)
                return fail("open the uevent socket", r);
        r = control_listen(argv[4], event);
        if (r < 0)
                return fail("listen on the control socket", r);
        r = serve_mount(argv[1], event);
        if (r < 0)
                return fail("mount", r);

        (void) signal(SIGPIPE, SIG_IGN);
        printf("ready\n");
        (void) fclose(stdout);

        r = sd_event_loop(event);
        return r < 0 ? fail("serve", r) : EXIT_SUCCESS;
}
