/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Disks held so that nobody can begin to use them: mounts, maps, swap and whatever else the kernel
 * builds on a disk take it exclusively, and only one can have it. Processes that merely open it are
 * not kept out.
 */

#include "lunwatch/act/scsi.h"

typedef struct Hold {
        int fds[REQUEST_DEVICES_MAX];
        size_t n;
} Hold;

void hold_done(Hold *hold);

/* -EBUSY: somebody has it. A disk that does not answer is held all the same. */
int hold_take(Hold *hold, const char *block);

/* Whether it could be held, at this moment. */
int hold_try(const char *block);

/*
 * Writes what is cached for the disk to it, and forgets it. The first failure; -EIO: it does not
 * answer.
 */
int hold_flush(const char *block);
