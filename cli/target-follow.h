/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A target looked at until something is so. A mirrord that is started anew is waited for; Ctrl-C
 * ends the looking (mirror-follow.h).
 */

#include "cli/target.h"

/*
 * 0, and how it is then; EXIT_FAILURE after a complaint, -EINTR after Ctrl-C and without a word, or
 * another negative errno. Connected; the deadline is as now_usec().
 */
int target_follow(Client *client, const char *id, bool (*is_over)(const Target *target),
                  uint64_t deadline_usec, Target *ret);

/* No longer being made: prepared, or not. */
bool target_is_made(const Target *target);

/* No longer being exported: listening, or not. */
bool target_is_exported(const Target *target);

/* Kept, removed, or failed. */
bool target_has_ended(const Target *target);

/* Says how it is; 0 when the state is the wanted one, else EXIT_FAILURE. */
int target_report(const Client *client, const Target *target, const char *wanted);
