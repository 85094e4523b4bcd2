/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every daemon here does the same way: an event loop with the watchdog, SIGTERM and SIGINT
 * that end it, the bus, the name, READY=1. The objects on the bus are the daemon's own.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef struct Service {
        sd_event *event;
        sd_bus *bus; /* the system bus, or $DBUS_SYSTEM_BUS_ADDRESS; attached to the event loop */
} Service;

/*
 * Connects. Add vtables and sources between this and service_run(): nothing is dispatched before.
 * --help (prints help) and --version are answered here: returns > 0 when the program should exit
 * with 0 at once. Any other argument is -EINVAL, and the user has been told. Start from
 * Service service = { 0 } with _cleanup_(service_done).
 */
int service_open(Service *service, const char *name, const char *help, int argc, char *argv[]);

/*
 * Before service_run(), runs until what an earlier process has left is known, but no longer than
 * usec: who calls in the meantime is kept waiting by the bus until the name is taken. > 0: a signal
 * has come, and there is nothing to be run. Errors as of service_run().
 */
int service_settle(Service *service, bool (*is_settled)(void *userdata), void *userdata,
                   uint64_t usec);

/*
 * Takes the bus name, says READY=1, runs until a signal, says STOPPING=1. 0 after a signal or
 * sd_event_exit(event, 0); -EEXIST if somebody else has the name, -ENOTCONN if the bus goes away.
 */
int service_run(Service *service, const char *bus_name);

void service_done(Service *service);
