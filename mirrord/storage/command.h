/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Another program, by its argument vector and without a shell, with an environment of ours.
 */

#include <stddef.h>

#define COMMAND_OUTPUT_MAX 4096

typedef struct CommandOutput {
        char out[COMMAND_OUTPUT_MAX], err[COMMAND_OUTPUT_MAX]; /* the first of it, as strings */
} CommandOutput;

/*
 * Its exit status. -ENOENT: there is no such program. -ECANCELED: who asked has gone, and it was
 * killed. fd: one that it has under the same number, or -1.
 */
int command_run(const char *const *arguments, int fd, CommandOutput *ret);
