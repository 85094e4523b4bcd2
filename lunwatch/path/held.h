/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * SCSI devices that are not complete: those of a kind that becomes a disk and that have none yet,
 * since the kernel looks for disks after it has announced the device, and disks that udev is not
 * through with. They are no paths yet, but whoever asks for "the LUN" must know that there are
 * more.
 */

#include "lunwatch/path/names.h"
#include "lunwatch/path/path.h"
#include "lunwatch/path/table.h"

#include <sys/queue.h>

/* For a device without a disk: then it is taken as it is. Udev is given all the time it needs. */
#define HELD_USEC (5 * 1000 * 1000ULL)

typedef struct HeldPath HeldPath;

typedef struct HeldList {
        TAILQ_HEAD(, HeldPath) list;
        Table by_hctl;
} HeldList;

void held_init(HeldList *held);
void held_done(HeldList *held);

/*
 * Takes the path, as far as it is known, over in any case. The time of a device without a disk runs
 * from the first call.
 */
int held_add(HeldList *held, Path *path, uint64_t now_usec);
void held_drop(HeldList *held, const Hctl *hctl);
bool held_has(const HeldList *held, const Hctl *hctl);

/* Takes one without a disk out whose time is over. */
bool held_take_due(HeldList *held, uint64_t now_usec, DevPath *ret);

/* Marks one with a scan; drops all that the scan has not seen. */
void held_mark(HeldList *held, const Hctl *hctl, uint32_t scan);
void held_drop_unseen(HeldList *held, uint32_t scan);

/* Those behind an initiator, one after the other: NULL for the first, NULL at the end. */
const Path *held_next(const HeldList *held, const Port *initiator, const Path *after);
