/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How fast a mirror goes and whether it comes to its end (B.11): from what QEMU says it has copied
 * and has to copy in all, look by look. A guest that writes makes the total grow. Knows only
 * numbers, and only judges.
 *
 * Writes to what was not copied yet do not make the total grow, so at first the guest seems to
 * write less than it does: what is seen is divided by the part that was copied already, which is
 * right for writes that are spread evenly. The guess is said early; what it costs the guest
 * something to act on is only said once the figures themselves show it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks that the figures are taken over: of 0.5 s each, the last 5 s. */
#define PACE_LOOKS 11

typedef enum PaceVerdict {
        PACE_UNKNOWN,
        PACE_CONVERGES,
        PACE_LIKELY_OUTRUN, /* as far as can be guessed */
        PACE_OUTRUN,        /* what is left does not get less */
} PaceVerdict;

typedef struct Pace {
        uint64_t usec[PACE_LOOKS], done[PACE_LOOKS], total[PACE_LOOKS];
        size_t n;      /* looks since the start */
        uint64_t size; /* of the disks: what there is to copy without a guest */
} Pace;

/* After a pause or a new beginning: what was before says nothing. */
void pace_reset(Pace *pace, uint64_t size);
/* One that comes at once after another, because something has happened, is left out. */
void pace_add(Pace *pace, uint64_t usec, uint64_t done, uint64_t total);

/* Bytes a second; 0 as long as there are not two looks. */
uint64_t pace_rate(const Pace *pace);
uint64_t pace_dirty_rate(const Pace *pace);

/* Until nothing is left: 0, it is so; UINT64_MAX: nobody can know. */
uint64_t pace_eta_usec(const Pace *pace);

PaceVerdict pace_verdict(const Pace *pace);

/*
 * What QEMU should have on its way at once, in bytes (its buf-size), for a limit in bytes a second
 * (0: none) and the time to the other host and back (0: not known). Before QEMU 10 begins the
 * mirror of another disk, and before any QEMU stops the guest, all of it must arrive, twice this at
 * most, and the guest stands still for it.
 */
uint64_t pace_buffer_bytes(uint64_t speed, uint64_t rtt_usec);
