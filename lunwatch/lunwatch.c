/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lunwatch(8): knows every Fibre Channel path of the host, and tells. Nothing is kept on disk: what
 * it knows is in sysfs and in udev's database, and is read again at every start.
 */

#include "common/log.h"
#include "common/service.h"
#include "lunwatch/manager-bus.h"
#include "lunwatch/watch.h"

static const char help[] = "Usage: lunwatch\n"
                           "\n"
                           "Serves org.npivot.lunwatch1 on the system bus: which LUN is reached\n"
                           "over which path behind which vHBA. Started by lunwatch.service.\n"
                           "\n"
                           "  -h --help     Show this\n"
                           "     --version  Show the version\n"
                           "\n"
                           "See lunwatch(8).\n";

static void on_tell(void *userdata) {
        int r;

        r = manager_bus_tell(userdata);
        if (r < 0)
                log_warning_errno(r, "Cannot tell of a change, subscribers will see a gap: %m");
}

static int run(int argc, char *argv[]) {
        _cleanup_(inventory_done) Inventory inventory = { .reader.root_fd = -EBADF };
        _cleanup_(service_done) Service service = { 0 };
        _cleanup_(watch_done) Watch watch = { 0 };
        Manager manager;
        int r;

        r = service_open(&service, "lunwatch", help, argc, argv);
        if (r > 0)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot connect to the system bus: %m");

        r = inventory_open(&inventory, "/");
        if (r < 0)
                return log_error_errno(r, "Cannot open the root directory: %m");
        r = manager_bus_add(&manager, service.bus, &inventory);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Manager to the bus: %m");
        r = watch_start(&watch, service.event, &inventory, on_tell, &manager);
        if (r < 0)
                return log_error_errno(r, "Cannot listen for device events: %m");

        log_info("Knows %zu paths.", inventory.index.n_paths);
        r = service_run(&service, MANAGER_NAME);
        if (r < 0)
                return log_error_errno(r, "Cannot serve " MANAGER_NAME ": %m");

        return 0;
}

int main(int argc, char *argv[]) {
        log_open("lunwatch", LOG_TO_AUTO);
        return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
