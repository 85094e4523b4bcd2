/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers a target that says that its LUNs are others than before: the kernel passes that on and
 * does nothing, so a LUN that was swapped keeps its old name and size. Every path of the target is
 * read again, then the target is scanned. One target after the other; what a target says while it
 * waits for its turn is said once.
 */

#include "lunwatch/job/scan-run.h"
#include "lunwatch/tell.h"

/* Every LUN of a target says so, one after the other: it is answered when all have. */
#define ATTENTION_DELAY_USEC (1000 * 1000ULL)
#define ATTENTION_USEC (120 * 1000 * 1000ULL)

typedef struct Attention {
        sd_event *event; /* this and the following are borrowed */
        Inventory *inventory;
        Tell *tell;
        const char *socket; /* of lun-act */

        ScanTarget waiting[SCAN_TARGETS_MAX];
        size_t n_waiting;
        ScanTarget current;
        bool is_running;
        ScanRun run;
        sd_event_source *timer;
} Attention;

/* Starts from the borrowed fields. */
int attention_start(Attention *attention);
void attention_done(Attention *attention);

/* hctl: of any of its LUNs. */
void attention_note(Attention *attention, const Hctl *hctl);
