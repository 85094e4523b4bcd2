/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhbad: serves org.npivot.vhba1. Shows vHBAs and HBAs, writes definitions, and has systemd do the
 * rest. Keeps no state of its own and never writes to sysfs: that is vhba-port's.
 */

#include "common/bus-error.h"
#include "common/log.h"
#include "common/service.h"
#include "vhbad/bus.h"

#define HELP \
        "Usage: vhbad [--help|--version]\n" \
        "\n" \
        "Serves the vHBAs and HBAs of this host as org.npivot.vhba1 on the system bus.\n" \
        "Takes no options and is started by systemd: see vhbad(8).\n"

static int run(int argc, char *argv[]) {
        /* Outlives the bus, which points to it. */
        _cleanup_(manager_donep) Manager manager = {};
        _cleanup_(service_done) Service service = {};
        int r;

        log_open("vhbad", LOG_TO_AUTO);
        r = bus_error_register();
        if (r < 0)
                return log_error_errno(r, "Cannot register the names of errors: %m");
        r = service_open(&service, "vhbad", HELP, argc, argv);
        if (r > 0)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot connect to the system bus: %m");

        r = manager_init(&manager, service.event, service.bus);
        if (r < 0)
                return log_error_errno(r, "Cannot set up: %m");
        r = bus_add_objects(&manager);
        if (r < 0)
                return log_error_errno(r, "Cannot serve objects on the bus: %m");
        r = manager_start(&manager);
        if (r < 0)
                return log_error_errno(r, "Cannot read the state of this host: %m");
        r = service_run(&service, "org.npivot.vhba1");
        if (r < 0)
                return log_error_errno(r, "Cannot serve org.npivot.vhba1: %m");
        return 0;
}

int main(int argc, char *argv[]) {
        return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
