/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses a LUN: what for, which object, on which device, and in words. A list has each use once.
 */

#include "common/cleanup.h"

typedef struct Use {
        const char
                *kind; /* a literal: "mount", "swap", "lvm", "md", "map", "loop", "partition", … */
        char *object;  /* the mount point, the map's name, … */
        char *device;  /* kernel name of the device it is on */
        char *words;
} Use;

typedef struct UseList {
        Use *items;
        size_t n;
} UseList;

void use_list_done(UseList *uses);

/* Text from outside is made safe. Does nothing when the list has it. */
int use_list_add(UseList *uses, const char *kind, const char *object, const char *device,
                 const char *format, ...) _printf_(5, 6);
