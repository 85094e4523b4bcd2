/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * SCSI devices of a kind that becomes a disk and that have none yet: the kernel looks for disks
 * after it has announced the device. Each is given the same time, so the oldest is the first due.
 */

#include "lunwatch/path/devpath.h"
#include "lunwatch/path/table.h"

#include <sys/queue.h>

#define HELD_USEC (5 * 1000 * 1000ULL)

typedef struct HeldPath HeldPath;

typedef struct HeldList {
        TAILQ_HEAD(, HeldPath) list;
        Table by_hctl;
} HeldList;

void held_init(HeldList *held);
void held_done(HeldList *held);

/* Does nothing when it is held already: the time runs from the first call. */
int held_add(HeldList *held, const DevPath *where, uint64_t now_usec);
void held_drop(HeldList *held, const Hctl *hctl);

/* Takes one out whose time is over. */
bool held_take_due(HeldList *held, uint64_t now_usec, DevPath *ret);
