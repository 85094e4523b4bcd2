/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the command-*.c files share: one function per command, and how a command reads its words
 * and fails. For command.c, which finds the function; everybody else includes command.h.
 */

#include "command.h"

/* Sets request->error and returns error. */
int command_fail(Request *request, int error, const char *format, ...) _printf_(3, 4);
/* The answer of a command that has nothing to tell. */
int command_done(Request *request);

/* The i-th word, or a failed command that says what was expected. */
int command_word_wwn(Request *request, size_t i, uint64_t *ret);
int command_word_number(Request *request, size_t i, uint64_t min, uint64_t max, uint64_t *ret);
int command_word_link(Request *request, size_t i, Link **ret);

/* command-show.c */
int command_ports(Request *request);
int command_links(Request *request);
int command_zones(Request *request);
int command_faults(Request *request);
int command_stats(Request *request);
int command_config(Request *request);
int command_attempts(Request *request);
int command_duplicates(Request *request);
int command_logged_in(Request *request);

/* command-change.c */
int command_link(Request *request);
int command_cvl(Request *request);
int command_rscn(Request *request);
int command_npiv(Request *request);
int command_max_vports(Request *request);
int command_duplicate_policy(Request *request);
int command_ns_zoning(Request *request);
int command_keep_alive(Request *request);

/* command-zone.c, command-fault.c, command-wait.c */
int command_zone(Request *request);
int command_fault(Request *request);
int command_wait(Request *request);
