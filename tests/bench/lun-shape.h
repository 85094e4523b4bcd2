/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names in the tree of lun-tree: what it writes, lun-lookup asks for.
 */

#include "common/wwn.h"

#include <stddef.h>

#define SHAPE_HOST_FIRST 6

static inline Wwn shape_initiator(uint32_t host) {
        return 0x5001a4a000000000 + host;
}

static inline Wwn shape_node(uint32_t host) {
        return 0x5001a4b000000000 + host;
}

static inline Wwn shape_target(uint32_t target) {
        return 0x500507680b000000 + target;
}

/* As the kernel counts: sda, …, sdz, sdaa, … */
static inline void shape_disk(uint32_t number, char ret[static 16]) {
        char *p = ret + 15;

        *p = '\0';
        for (number++; number > 0; number = (number - 1) / 26)
                *--p = (char) ('a' + (number - 1) % 26);
        *--p = 'd';
        *--p = 's';
        for (size_t i = 0; ret[i] = *p, *p; i++)
                p++;
}
