/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The main() of a program that is a unit of its own for one disk: its two arguments, and the
 * signals that end it.
 */

#include <signal.h>

/* has_signal is set by SIGTERM and SIGINT, which are blocked: let them in while you wait, and at no
 * other time. What fails has been logged. */
typedef int (*ProgramFunc)(const char *file, const char *control,
                           const volatile sig_atomic_t *has_signal);

/* Returns the exit status. name is a string literal. */
int program_main(const char *name, const char *help, ProgramFunc run, int argc, char *argv[]);
