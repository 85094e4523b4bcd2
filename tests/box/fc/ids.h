/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small numbers, the lowest free one first, as the kernel hands out SCSI host and disk numbers.
 */

#include <stddef.h>

typedef struct Ids {
        unsigned char *taken;
        size_t n;
} Ids;

unsigned ids_take(Ids *ids);
void ids_give(Ids *ids, unsigned id);
