/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Job: the objects of the jobs, and what is told of them.
 */

#include "lunwatch/job/jobs.h"

#include <systemd/sd-bus.h>

#define JOB_INTERFACE "org.npivot.lunwatch1.Job"
#define JOB_ROOT "/org/npivot/lunwatch1/job"

typedef char JobPath[sizeof JOB_ROOT + 12];
const char *job_bus_path(const Job *job, JobPath ret);

/* Adds the objects and their manager; sets the observer of the jobs. */
int job_bus_add(Jobs *jobs, sd_bus *bus);
