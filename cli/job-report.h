/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a job of lunwatch ended, in words. Following it is job.h's.
 */

#include "cli/job.h"

bool job_has_ended(const Job *job);

/* 0 when it is done; else EXIT_FAILURE after a complaint with the cause and the next step. */
int job_report(const JobRequest *request, const Job *job, bool is_cancelled);
