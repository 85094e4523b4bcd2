/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kinds of jobs: what each is made of. The functions find out what is meant and write the
 * specification, which may fail because of what was asked for; jobs_begin() does the rest.
 */

#include "lunwatch/job/jobs.h"

/* The condition is taken over. */
int job_wait_spec(Condition *condition, JobSpec *ret);
int job_rescan_spec(Condition *scope, JobSpec *ret);

/*
 * -ENOENT: no path, LUN or multipath map is called so. -ENOTUNIQ: a map of several LUNs. -E2BIG:
 * it has more paths than lun-act takes.
 */
int job_remove_spec(const Jobs *jobs, const char *name, bool is_forced, JobSpec *ret);
int job_inspect_spec(const Jobs *jobs, const char *name, JobSpec *ret);
