/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is written at the beginning of a disk, as libblkid sees it: for people who want to know what
 * they are about to remove or to write over. The home of libblkid. It never decides what a disk is:
 * whoever may write to a disk may put any signature there, and one without any may hold anything.
 */

#include <stddef.h>

#define SIGNATURE_MAX 128

/*
 * Opens the device, and may hang as long as it does. type: "ext4", "LVM2_member", "gpt"; label: "",
 * or what it calls itself. -ENODATA: none. -ENOTUNIQ: several that contradict each other.
 */
int signature_read(const char *node, char type[static SIGNATURE_MAX],
                   char label[static SIGNATURE_MAX]);
