/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.lunwatch1.Jobs: asks for jobs. The jobs themselves are job-bus.h's.
 */

#include "lunwatch/job/jobs.h"

#include <systemd/sd-bus.h>

#define JOBS_INTERFACE "org.npivot.lunwatch1.Jobs"
#define JOBS_ACTION "org.npivot.lunwatch1.manage"

/* Adds the interface and the objects; sets the observer of the jobs. */
int jobs_bus_add(Jobs *jobs, sd_bus *bus);
