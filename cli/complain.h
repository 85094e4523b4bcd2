/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What goes wrong, said to the person at the terminal: on stderr, with the command's name, control
 * bytes replaced (much of the text comes from disks, arrays and other hosts). Decides no wording.
 */

#include "common/cleanup.h"

/* The exit codes of npivot(1); EXIT_SUCCESS and EXIT_FAILURE are the others. */
#define EXIT_USAGE 2

/* "npivot: …" and a newline. Returns EXIT_FAILURE, for "return complain(…)". */
int complain(const char *format, ...) _printf_(1, 2);

/* The same for a command line that makes no sense, with a pointer to --help. Returns EXIT_USAGE. */
int complain_usage(const char *format, ...) _printf_(1, 2);

/* "npivot: next: …": what the reader can do about the complaint before. */
void suggest(const char *format, ...) _printf_(1, 2);

/* A line on stdout, control bytes replaced in place. 0, or the errno of writing. */
int print_line(char *line);

/* Something worth knowing that is no failure. */
void remark(const char *format, ...) _printf_(1, 2);
