/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fake-bus [hostile|trouble|healthy…] vhbad|lunwatch…: serves the named ones until SIGTERM, and
 * says "ready" when their names are taken.
 */

#include "tests/bats/fake.h"

#include "common/cleanup.h"

#include <signal.h>
#include <string.h>

static int serve(Fake *fake, const char *what) {
        int r;

        if (strcmp(what, "hostile") == 0) {
                fake->is_hostile = true;
                return 0;
        }

        if (strcmp(what, "trouble") == 0) {
                fake->is_troubled = true;
                return 0;
        }
        if (strcmp(what, "healthy") == 0) {
                fake->is_healthy = true;
                return 0;
        }

        if (strcmp(what, "vhbad") == 0) {
                r = fake_vhba_serve(fake);
                if (r >= 0)
                        r = sd_bus_request_name(fake->bus, "org.freedesktop.systemd1", 0);
                if (r >= 0)
                        r = sd_bus_request_name(fake->bus, "org.npivot.vhba1", 0);
                return r;
        }

        if (strcmp(what, "lunwatch") == 0) {
                r = fake_lun_serve(fake);
                return r < 0 ? r : sd_bus_request_name(fake->bus, "org.npivot.lunwatch1", 0);
        }

        return -EINVAL;
}

static int run(char *argv[]) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        Fake fake = { 0 };
        sigset_t signals;
        int r;

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigaddset(&signals, SIGUSR1);
        (void) sigaddset(&signals, SIGUSR2);
        (void) sigprocmask(SIG_BLOCK, &signals, NULL);

        r = sd_event_new(&event);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);

        fake.event = event;
        fake.bus = bus;
        for (char **what = argv + 1; r >= 0 && *what; what++)
                r = serve(&fake, *what);
        if (r < 0)
                return r;

        puts("ready");
        return sd_event_loop(event);
}

int main(int argc, char *argv[]) {
        int r;

        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        r = run(argv);
        if (r < 0) {
                fprintf(stderr, "fake-bus: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }

        return EXIT_SUCCESS;
}
