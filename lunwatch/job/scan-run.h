/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Has a plan carried out by lun-act, request by request, and then has the paths that were read
 * again taken in. A request that fails does not keep the others from being tried.
 */

#include "lunwatch/job/client.h"
#include "lunwatch/job/scan-plan.h"
#include "lunwatch/path/inventory.h"

/* One request at most: a target that does not answer shall not use up the time of all. */
#define SCAN_REQUEST_USEC (30 * 1000 * 1000ULL)

typedef struct ScanRun {
        sd_event *event;     /* borrowed */
        const char *socket;  /* of lun-act */
        ScanPlan plan;       /* filled in by who begins it; freed at the end */
        uint64_t until_usec; /* CLOCK_MONOTONIC */
        void (*on_step)(void *userdata, const char *words);
        void (*on_end)(void *userdata);
        void *userdata;

        Act *act;
        const char *cause; /* of the first failure; NULL: none */
        char *words;
} ScanRun;

/* on_end is called later, never from here. On failure nothing has begun. */
int scan_run_start(ScanRun *run);
void scan_run_done(ScanRun *run);

/* Reads paths again: what has changed about them is told soon. */
void scan_run_take_in(Inventory *inventory, const Path *const *paths, size_t n_paths,
                      uint64_t now_usec);
