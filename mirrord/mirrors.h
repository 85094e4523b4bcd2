/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All mirrors of this host: begun, found again, forgotten.
 */

#include "mirrord/engine.h"

#define MIRRORS_MAX 100

typedef struct MirrorsObserver {
        void (*on_added)(void *userdata, Mirror *mirror);
        void (*on_change)(void *userdata, Mirror *mirror);
        void (*on_removed)(void *userdata, Mirror *mirror);
        void *userdata;
} MirrorsObserver;

typedef struct Mirrors {
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        int dir_fd;
        MirrorsObserver observer;
        TAILQ_HEAD(, Mirror) list;
        size_t n;
        unsigned last_id;
} Mirrors;

/* Reads what an earlier mirrord has left, and goes on with it. A file that is none is left alone.
 */
int mirrors_open(Mirrors *mirrors, sd_event *event, sd_bus *bus);
void mirrors_done(Mirrors *mirrors);
/* The states of all of them are what QEMU says, as far as it has answered. */
bool mirrors_are_known(const Mirrors *mirrors);

/*
 * Takes the mirror over if it succeeds; gives it its id. -EUSERS: there are MIRRORS_MAX. -EEXIST:
 * one of its nodes is mirrored already, or its QEMU moves, by *ret_other.
 */
int mirrors_add(Mirrors *mirrors, Mirror *mirror, const Mirror **ret_other);

Mirror *mirrors_find(const Mirrors *mirrors, const char *id);

/* To switch, pause and verify, -ENOSYS: a legacy job has no such thing. */

/* -EAGAIN: it is not ready, or paused. 0 also when that has been asked for already. */
int mirrors_switch(Mirrors *mirrors, Mirror *mirror);
/* 0 also of one that has ended. */
int mirrors_abort(Mirrors *mirrors, Mirror *mirror);
/* -EAGAIN: nothing is copied, yet or any more. */
int mirrors_pause(Mirrors *mirrors, Mirror *mirror, bool is_paused);
/* -EAGAIN: it is not ready. -ENOTSUP: it has no verifiers. */
int mirrors_verify(Mirrors *mirrors, Mirror *mirror);
int mirrors_set_speed(Mirrors *mirrors, Mirror *mirror, uint64_t speed);
/* -EAGAIN: it has not ended. */
int mirrors_forget(Mirrors *mirrors, Mirror *mirror);
