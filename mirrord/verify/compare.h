/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Compares a disk of this host with that of another one, by two readers: a pass over all of it or a
 * sample, many reads at a time, and looks at what was not the same until each such block has its
 * verdict (suspects.h says which, and why). Knows no files and no connections, and never waits.
 */

#include "mirrord/verify/pace.h"
#include "mirrord/verify/ranges.h"
#include "mirrord/verify/read.h"
#include "mirrord/verify/sample.h"
#include "mirrord/verify/suspects.h"

/* With so many different blocks it is another disk: the rest is not looked at. */
#define COMPARE_DIFFERENT_MAX 4096

#define COMPARE_SLOTS READS_MAX

typedef struct CompareSlot {
        enum {
                SLOT_FREE,
                SLOT_PASS,
                SLOT_BEFORE, /* a look: the source is read, */
                SLOT_TARGET, /* the target, */
                SLOT_AFTER,  /* the source again */
        } phase;
        Read near, far;
        Look look;
} CompareSlot;

typedef struct Compare {
        Sample sample;
        Reader near, far; /* this host's, the source; the other's, the target */
        Suspects suspects;
        Pace pace;
        CompareSlot slots[COMPARE_SLOTS];
        uint64_t next; /* byte of the pass */

        uint64_t done, total;          /* bytes of the pass */
        Ranges different, hot, untold; /* blocks; suspects.h tells them apart */
        bool is_over;
        uint64_t moved_usec; /* when a read last ended, or none was under way */
} Compare;

int compare_init(Compare *compare, const Sample *sample, uint64_t settle_usec, uint64_t limit,
                 Reader near, Reader far);
void compare_done(Compare *compare);

/* Does what can be done now. An error is that of a read, or -ENOMEM. */
int compare_run(Compare *compare, uint64_t now_usec);

/* Until it should be run again although no read has ended; UINT64_MAX: no need. */
uint64_t compare_wait(Compare *compare, uint64_t now_usec);

/* Neither the same nor different: hot or untold. */
size_t compare_count_unsettled(const Compare *compare);

/* Nothing is left but suspects. */
bool compare_is_settling(const Compare *compare);

void compare_tell_synced(Compare *compare, uint64_t now_usec);
void compare_set_limit(Compare *compare, uint64_t limit);
