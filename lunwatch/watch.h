/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Keeps the inventory up to date, and says when there is something to tell. One monitor serves all
 * of lunwatch: who follows other block devices listens here.
 *
 * What is seen when:
 * - a disk that comes, goes, changes its size or its links: with udev's event, once udev is through
 *   with it (subsystems block and scsi);
 * - a remote port that comes: with its event (fc_remote_ports);
 * - the state of a remote port or session: within WATCH_PORTS_USEC, since the kernel says nothing;
 * - the state of a device that changed by itself (the error handler, somebody's write to sysfs):
 *   when the sweep gets to it, WATCH_SWEEP_DEVICES of them a WATCH_SWEEP_USEC at most;
 * - HBAs, vports, targets and sessions have events too, but nothing of them is seen here that their
 *   devices do not bring along;
 * - lost events: after a burst and in every sweep; then everything is read again, in pieces between
 *   which questions are answered.
 */

#include "lunwatch/path/inventory.h"
#include "lunwatch/tell.h"

#include <systemd/sd-device.h>
#include <systemd/sd-event.h>

#define WATCH_BUFFER_BYTES (128 * 1024 * 1024)
#define WATCH_SWEEP_USEC (100 * 1000ULL)
#define WATCH_PORTS_USEC (1000 * 1000ULL)

/* A round of all devices takes so many sweeps, or more where there are thousands: 1 ms a sweep. */
#define WATCH_SWEEPS 10
#define WATCH_SWEEP_DEVICES 100

/* Of a scan: some 3 ms of work. */
#define WATCH_SCAN_PIECE 50
#define WATCH_LISTENERS_MAX 4

/* Any of them may be NULL. */
typedef struct WatchListener {
        /* A block device that is no path: dm-0, md0, loop0, a partition, another kind of disk. */
        void (*on_block)(void *userdata, sd_device *device, bool is_removed);
        /* Events were lost: whatever was known may be old. */
        void (*on_resync)(void *userdata);
        /* A target has said that its LUNs are others than before (SPC-6, 3F/0E). */
        void (*on_luns_changed)(void *userdata, const Hctl *hctl);
        void *userdata;
} WatchListener;

typedef struct Watch {
        Inventory *inventory; /* borrowed */
        Tell tell;
        TellFunc tell_func;
        void *tell_userdata;

        WatchListener listeners[WATCH_LISTENERS_MAX];
        size_t n_listeners;

        sd_event *event;
        sd_device_monitor *monitor;
        sd_event_source *sweep_timer, *scan_source;
        uint64_t n_drops;    /* as last seen */
        uint64_t ports_usec; /* when their states were read last */
        bool needs_scan;
} Watch;

/* Before watch_start(). -ENOBUFS: there are WATCH_LISTENERS_MAX. */
int watch_listen(Watch *watch, const WatchListener *listener);

/*
 * Listens, then reads everything, so that nothing falls between: what was there at the start is in
 * the inventory afterwards and is not told. tell is called with something in inventory->changes,
 * and after tell_soon(&watch->tell). Starts from Watch watch = { 0 }.
 */
int watch_start(Watch *watch, sd_event *event, Inventory *inventory, TellFunc tell, void *userdata);
void watch_done(Watch *watch);
