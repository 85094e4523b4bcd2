/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A box by the directory of its state: the process whose namespaces are the box.
 */

#include <sys/types.h>

/* The process, or 0 after a complaint: the box does not run. */
pid_t leader_of(const char *state);
