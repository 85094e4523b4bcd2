/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-start PROGRAM: starts lunwatch and asks, every 200 us, how many paths it knows. Prints the
 * milliseconds from before the start until it answered, and how many there are; ends lunwatch.
 */

#include "common/cleanup.h"
#include "tests/bench/measure.h"
#include "tests/scale/lun-line.h"

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define PATIENCE_USEC 30e6

static bool ask(sd_bus *bus, uint32_t *ret) {
        return sd_bus_get_property_trivial(bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                           "PathCount", NULL, 'u', ret) >= 0;
}

int main(int argc, char *argv[]) {
        const struct timespec pause = { .tv_nsec = 200 * 1000 };
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        uint32_t n_paths = 0;
        double start;
        pid_t pid;
        int r;

        if (argc != 2)
                errx(2, "Usage: lun-start PROGRAM");
        r = sd_bus_open_system(&bus);
        if (r < 0)
                errx(1, "Cannot connect: %s", strerror(-r));

        start = measure_now_usec();
        pid = fork();
        if (pid < 0)
                err(1, "fork");
        if (pid == 0) {
                (void) execl(argv[1], argv[1], NULL);
                err(1, "%s", argv[1]);
        }

        while (!ask(bus, &n_paths)) {
                if (measure_now_usec() - start > PATIENCE_USEC)
                        errx(1, "lunwatch did not answer");
                (void) ppoll(NULL, 0, &pause, NULL);
        }

        (void) printf("%.1f %u\n", (measure_now_usec() - start) / 1e3, n_paths);
        (void) kill(pid, SIGTERM);
        (void) waitpid(pid, NULL, 0);
        return 0;
}
