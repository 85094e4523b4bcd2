/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What to ask of lun-act so that the kernel looks for LUNs: requests, one after the other. Asks
 * nothing itself.
 */

#include "lunwatch/job/targets.h"

typedef struct ScanPlan {
        char ***requests; /* each the verb and its fields, ending with NULL */
        size_t n_requests;
        size_t n_sent;
} ScanPlan;

void scan_plan_done(ScanPlan *plan);

/* Paths that are known are read again: size and identity. Those that would block are left out. */
int scan_plan_add_reread(ScanPlan *plan, const Path *const *paths, size_t n_paths);

/* One LUN at each target; each whole target; each whole host. */
int scan_plan_add_lun(ScanPlan *plan, const ScanTargets *targets, uint64_t lun);
int scan_plan_add_targets(ScanPlan *plan, const ScanTargets *targets);
int scan_plan_add_hosts(ScanPlan *plan, const ScanTargets *targets);

/* The next request: its fields, the verb first, and their number. NULL: no more. */
const char *const *scan_plan_next(ScanPlan *plan, size_t *ret_n_fields);
