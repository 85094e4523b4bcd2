/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the engine: what it knows, what each disk goes through (engine-step.c), and how its
 * relays come and go (engine-relay.c). engine.c looks, and says how it ends.
 */

#include "mirrord/engine.h"
#include "mirrord/relay-control.h"

/* Over so many looks the rate is an average. */
#define RATE_LOOKS 4

typedef struct Engine {
        Mirror *mirror;
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        EngineHandler handler;
        Qmp *qmp;
        sd_event_source *timer;
        bool is_looking, is_checked;
        bool has_no_relays;                    /* they were taken down */
        uint64_t lost_usec;                    /* since when there is no QEMU; 0: there is one */
        uid_t uid;                             /* QEMU's */
        bool is_gone;                          /* nobody listens where it was */
        uint64_t relay_usec[MIRROR_DISKS_MAX]; /* until when its relay must be there */
        RelayQuestion *questions[MIRROR_DISKS_MAX];
        RelayQuestion *limit_questions[MIRROR_DISKS_MAX];
        uint64_t limits[MIRROR_DISKS_MAX], asked_limits[MIRROR_DISKS_MAX];
        bool has_limit[MIRROR_DISKS_MAX]; /* its relay has taken the one in limits */
        sd_bus_slot *slots[MIRROR_DISKS_MAX];
        uint64_t n_bytes[RATE_LOOKS], at_usec[RATE_LOOKS];
        unsigned n_looks;
} Engine;

Engine *engine_of_disk(const MirrorDisk *disk);
size_t engine_index(const MirrorDisk *disk);
uint64_t engine_now(const Engine *engine); /* CLOCK_MONOTONIC */

/* After usec, or at once. */
void engine_look_soon(Engine *engine, uint64_t usec);
void engine_set_disk(MirrorDisk *disk, DiskState state);

/* One disk that fails takes the others with it: half a guest is none. */
void engine_fail_disk(MirrorDisk *disk, const char *format, ...) _printf_(2, 3);

/* The step before the node: a relay that is connected to the other host. */
void engine_look_for_relay(MirrorDisk *disk);
/* Tells the relay its limit if it has another one, or if that is not known. */
void engine_keep_limit(MirrorDisk *disk);

/* Once. What QEMU has on its way to them fails, and it need not wait for it. */
void engine_take_relays_down(Engine *engine);

/* Takes the next step of a disk. job: what QEMU says of its mirror, NULL when it knows none. */
void engine_advance(MirrorDisk *disk, const JsonValue *job);

/* Writes the mirror down. */
int engine_save(Engine *engine);
