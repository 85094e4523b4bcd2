/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Work that may hang in the kernel, done in a child with a deadline. A process that waits for a
 * SCSI command cannot be killed before the command's own time-out; it is left behind then, and can
 * do nothing more, since SIGKILL is the next thing it sees.
 */

#include <stdint.h>

typedef int (*ChildFunc)(void *userdata);

/*
 * The function's result (0 or a negative errno), -ETIMEDOUT after msec, -EPIPE when the child died.
 * Whatever it writes to standard output it writes itself.
 */
int child_run(ChildFunc func, void *userdata, uint32_t msec);
