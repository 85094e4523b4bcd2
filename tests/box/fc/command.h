/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands of fc-ctl: one line in, text out. How they get here is control.c's business.
 */

#include <stdio.h>

/* Carries out one line. The answer, or a sentence that says what is wrong, goes to out. */
int command_run(char *line, FILE *out);

/* One line of usage for each command. */
void command_help(FILE *out);
