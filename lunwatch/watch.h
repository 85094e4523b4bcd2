/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps the inventory up to date, and says when there is something to tell.
 *
 * What is seen when:
 * - a disk that comes, goes, changes its size or its links: with udev's event, once udev is through
 *   with it (subsystems block and scsi);
 * - a remote port that comes: with its event (fc_remote_ports);
 * - the state of a remote port: within WATCH_SWEEP_USEC, since the kernel says nothing;
 * - the state of a device that changed by itself (the error handler, somebody's write to sysfs):
 *   when the sweep gets to it, SWEEP_STATES_MAX devices a WATCH_SWEEP_USEC;
 * - HBAs, vports and targets have events too, but nothing of them is seen here that their devices
 *   do not bring along;
 * - lost events: after the burst and in every sweep; then everything is read again.
 */

#include "lunwatch/path/inventory.h"

#include <systemd/sd-device.h>
#include <systemd/sd-event.h>

#define WATCH_BUFFER_BYTES (128 * 1024 * 1024)
#define WATCH_TELL_USEC (20 * 1000ULL)
#define WATCH_SWEEP_USEC (1000 * 1000ULL)

/* To be called with something in inventory->changes; takes it out. */
typedef void (*WatchTell)(void *userdata);

typedef struct Watch {
        Inventory *inventory; /* borrowed */
        WatchTell tell;
        void *userdata;

        sd_event *event;
        sd_device_monitor *monitor;
        sd_event_source *tell_timer, *sweep_timer;
        uint64_t n_drops; /* as last seen */
        bool needs_scan;
} Watch;

/*
 * Listens, then reads everything, so that nothing falls between: what was there at the start is in
 * the inventory afterwards and is not told.
 */
int watch_start(Watch *watch, sd_event *event, Inventory *inventory, WatchTell tell,
                void *userdata);
void watch_done(Watch *watch);
