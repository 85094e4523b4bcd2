/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The index kept true to sysfs and the udev database: one path at a time when somebody says that
 * it may have changed, or all of them. A path enters once it is complete, and every difference is
 * noted for subscribers. Knows no events and no clock: who calls when is watch.c's business.
 */

#include "lunwatch/path/changes.h"
#include "lunwatch/path/held.h"
#include "lunwatch/path/reader.h"

/* Who judges whether a path is still what it was (B.7). */
typedef struct InventoryGuard {
        /* Of a path that is about to enter the index, or to be read again. */
        PathQuarantine (*judge)(void *userdata, const Path *path);
        /* A path has gone. is_deliberate: its port was still there and up, so somebody removed it.
         */
        void (*removed)(void *userdata, const Path *path, bool is_deliberate);
        void *userdata;
        /* Writes what a quarantined path was and what it is, as a sentence; or NULL. */
        void (*describe)(void *userdata, const Path *path, FILE *f);
} InventoryGuard;

/* A reading of everything, in pieces: what is not known yet, then what is known. */
typedef struct Scan {
        DIR *dir;         /* of all devices, while it is read */
        DevPathList list; /* those in it that were not known */
        size_t n_read;    /* of the list */
        PathKey walked;   /* how far the round of those that were known has come */
        int result;       /* the first failure */
        bool is_running;
} Scan;

typedef struct Inventory {
        Reader reader;
        Index index;
        ChangeSet changes;
        HeldList held;
        Scan scan;
        uint32_t n_scans;
        PathKey swept;               /* how far the round of the states has come */
        const InventoryGuard *guard; /* borrowed, or NULL */
} Inventory;

/* root as for reader_open(). */
int inventory_open(Inventory *inventory, const char *root);
void inventory_done(Inventory *inventory);

/*
 * Reads one path again. On failure what was known stays, as it does while udev is at work on the
 * same device.
 */
int inventory_update(Inventory *inventory, const DevPath *where, uint64_t now_usec);

/* The kernel has said that it is gone; sysfs may say so a moment later. */
int inventory_remove(Inventory *inventory, const Hctl *hctl);

/* Reads the paths behind a remote port again. */
int inventory_update_rport(Inventory *inventory, const RportId *rport, uint64_t now_usec);

/* Has a path that is known judged again, without reading it: it may be released, or not be. */
int inventory_judge_again(Inventory *inventory, const Path *path);

/*
 * Reads everything and drops what is no longer there. Goes on where single paths fail, and returns
 * the first failure then: what is known is no longer everything.
 */
int inventory_scan(Inventory *inventory, uint64_t now_usec);

/*
 * The same in pieces of up to n paths. begin() starts anew if one is running. step() returns > 0
 * while there is more to do; what happens between two pieces is taken in as ever.
 */
int inventory_scan_begin(Inventory *inventory);
int inventory_scan_step(Inventory *inventory, size_t n, uint64_t now_usec);

/*
 * Look for changes that come without an event, read again what differs: the states of all remote
 * ports and sessions; and of the next n devices. The first also lets in what was held long enough.
 */
int inventory_sweep_ports(Inventory *inventory, uint64_t now_usec);
int inventory_sweep_devices(Inventory *inventory, size_t n, uint64_t now_usec);
