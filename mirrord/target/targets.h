/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All targets of this host: made, found again, forgotten, and what is left of them collected.
 */

#include "mirrord/target/work.h"

#define TARGETS_MAX 100

typedef struct TargetsObserver {
        void (*on_added)(void *userdata, Target *target);
        void (*on_change)(void *userdata, Target *target);
        void (*on_removed)(void *userdata, Target *target);
        /* Something that was collected has come to its end. */
        void (*on_collected)(void *userdata);
        void *userdata;
} TargetsObserver;

typedef struct Targets {
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        int dir_fd;
        TargetsObserver observer;
        TAILQ_HEAD(, Target) list;
        size_t n;
} Targets;

/* Reads what an earlier mirrord has left, and goes on with it. A file that is none is left alone.
 */
int targets_open(Targets *targets, sd_event *event, sd_bus *bus);
void targets_done(Targets *targets);

/* Not those that were forgotten. */
Target *targets_find(const Targets *targets, const char *id);

/*
 * Takes the target over if it succeeds. -EUSERS: there are TARGETS_MAX. -EEXIST: one of its name,
 * or for one of its paths, is there: *ret_other, which may be one that was forgotten.
 */
int targets_add(Targets *targets, Target *target, const Target **ret_other);

/* 0 also when that was asked for already; -EAGAIN: not in this state. */
int targets_export(Targets *targets, Target *target, const char *monitor, bool is_served);
int targets_commit(Targets *targets, Target *target);
int targets_abort(Targets *targets, Target *target);
int targets_forget(Targets *targets, Target *target);

/* It has failed or was forgotten, and the ledger has something of it. */
bool targets_is_garbage(const Target *target);
/* Begins to remove that; how many are at it. */
size_t targets_collect(Targets *targets);
size_t targets_count_collecting(const Targets *targets);
