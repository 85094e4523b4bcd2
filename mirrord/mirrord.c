/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mirrord(8): mirrors the disks of QEMUs to other hosts. Everything that must survive is in files
 * below /run/npivot/mirror, in QEMU and in the relays; what is in here may end at any moment.
 */

#include "common/log.h"
#include "common/service.h"
#include "mirrord/manager-bus.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/node-bus.h"
#include "mirrord/target/prepare-bus.h"
#include "mirrord/target/target-bus.h"

/* For QEMUs that do not answer nobody need wait. */
#define SETTLE_USEC (2 * 1000 * 1000ULL)

static const char help[] =
        "Usage: mirrord\n"
        "\n"
        "Serves org.npivot.mirror1 on the system bus: mirrors disks of QEMUs to\n"
        "other hosts. Started by mirrord.service.\n"
        "\n"
        "  -h --help     Show this\n"
        "     --version  Show the version\n"
        "\n"
        "See mirrord(8).\n";

static int start_targets(Targets *targets, const Service *service) {
        int r;

        r = target_bus_add(targets, service->bus);
        if (r < 0)
                return log_error_errno(r, "Cannot add targets to the bus: %m");
        r = targets_open(targets, service->event, service->bus);
        if (r < 0)
                return log_error_errno(r, "Cannot read what targets there are: %m");

        return 0;
}

static int start(Mirrors *mirrors, const Service *service) {
        int r;

        r = mirror_bus_add(mirrors, service->bus);
        if (r >= 0)
                r = manager_bus_add(mirrors, service->bus);
        if (r >= 0)
                r = node_bus_add(service->bus);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Manager to the bus: %m");
        r = mirrors_open(mirrors, service->event, service->bus);
        if (r < 0)
                return log_error_errno(r, "Cannot read what mirrors there are: %m");

        return 0;
}

static bool is_settled(void *userdata) {
        return mirrors_are_known(userdata);
}

/* Who has seen a mirror ready and calls a mirrord that was just started again finds it ready. */
static int serve(Service *service, Mirrors *mirrors) {
        int r;

        r = service_settle(service, is_settled, mirrors, SETTLE_USEC);
        if (r > 0)
                return 0;
        return r < 0 ? r : service_run(service, MIRROR_NAME);
}

static int run(int argc, char *argv[]) {
        _cleanup_(service_done) Service service = { 0 };
        _cleanup_(mirrors_done) Mirrors mirrors = { .dir_fd = -EBADF };
        _cleanup_(targets_done) Targets targets = { .dir_fd = -EBADF };
        int r;

        r = service_open(&service, "mirrord", help, argc, argv);
        if (r > 0)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot connect to the system bus: %m");
        r = start(&mirrors, &service);
        if (r >= 0)
                r = start_targets(&targets, &service);
        if (r < 0)
                return r;

        r = serve(&service, &mirrors);
        prepare_bus_forget();
        node_bus_forget();
        if (r < 0)
                return log_error_errno(r, "Cannot serve " MIRROR_NAME ": %m");

        return 0;
}

int main(int argc, char *argv[]) {
        log_open("mirrord", LOG_TO_AUTO);
        return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
