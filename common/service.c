/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/service.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/polkit.h"

#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <systemd/sd-daemon.h>

/* > 0: answered, the program is done. Not logged but said to whoever typed it. */
static int answer_options(const char *name, const char *help, int argc, char *argv[]) {
        static const struct option options[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        int c;

        optind = 0;
        c = getopt_long(argc, argv, "h", options, NULL);
        if (c == 'h') {
                (void) fputs(help, stdout);
                return 1;
        }
        if (c == 'V') {
                (void) printf("%s %s\n", name, NPIVOT_VERSION);
                return 1;
        }
        if (c != -1 || optind < argc) {
                if (c == -1)
                        (void) fprintf(stderr, "%s takes no arguments.\n", name);
                (void) fprintf(stderr, "Try '%s --help'.\n", name);
                return -EINVAL;
        }

        return 0;
}

static int open_event(sd_event **ret) {
        static const int signals[] = { SIGTERM, SIGINT };
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        int r;

        r = sd_event_default(&event);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
                /* Without a callback the signal ends the loop. */
                r = sd_event_add_signal(event, NULL, signals[i] | SD_EVENT_SIGNAL_PROCMASK, NULL,
                                        NULL);
                if (r < 0)
                        return r;
        }

        r = sd_event_set_watchdog(event, true);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(event);
        return 0;
}

int service_open(Service *service, const char *name, const char *help, int argc, char *argv[]) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = answer_options(name, help, argc, argv);
        if (r != 0)
                return r;

        /* A client that goes away in the middle of an answer is no reason to die. */
        (void) signal(SIGPIPE, SIG_IGN);

        r = open_event(&event);
        if (r < 0)
                return r;

        r = sd_bus_open_system_with_description(&bus, name);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        r = sd_bus_set_exit_on_disconnect(bus, true);
        if (r < 0)
                return r;

        *service = (Service){ .event = TAKE_PTR(event), .bus = TAKE_PTR(bus) };
        return 0;
}

static int how_it_ended(sd_event *event) {
        int code = 0, r;

        r = sd_event_get_exit_code(event, &code);
        if (r < 0)
                return r;
        return code > 0 ? -ENOTCONN : 1;
}

int service_settle(Service *service, bool (*is_settled)(void *userdata), void *userdata,
                   uint64_t usec) {
        uint64_t until = clock_now_usec(CLOCK_MONOTONIC) + usec, now;
        int r;

        while (!is_settled(userdata) && (now = clock_now_usec(CLOCK_MONOTONIC)) < until) {
                r = sd_event_run(service->event, until - now);
                if (r < 0)
                        return r;
                if (sd_event_get_state(service->event) == SD_EVENT_FINISHED)
                        return how_it_ended(service->event);
        }

        return 0;
}

int service_run(Service *service, const char *bus_name) {
        int r;

        r = sd_bus_request_name(service->bus, bus_name, 0);
        if (r < 0)
                return r;

        (void) sd_notify(false, "READY=1");
        r = sd_event_loop(service->event);
        (void) sd_notify(false, "STOPPING=1");

        /* What exit-on-disconnect leaves as the loop's exit code. */
        return r > 0 ? -ENOTCONN : r;
}

void service_done(Service *service) {
        if (service->bus)
                polkit_forget(service->bus);

        service->bus = sd_bus_flush_close_unref(service->bus);
        service->event = sd_event_unref(service->event);
}
