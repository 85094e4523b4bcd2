/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses these disks, told as lines of the reply: common/holders.h, with virtual machines by
 * their names.
 */

#include "common/holders.h"

#include <stdbool.h>

/*
 * Tells of those that count and returns their number, or a negative errno. first: the words of the
 * first of them, "" for none.
 */
int users_tell(int root_fd, const Holders *holders, bool (*counts)(const Holder *holder),
               char *first, size_t size);

/* A process, which may be ended; anything else holds the disk for the kernel. */
bool users_is_process(const Holder *holder);
