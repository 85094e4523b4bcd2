/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sizes of an order's disks, from the QEMU that has them. What a size is good for is decided
 * elsewhere.
 */

#include "cli/mirror-order.h"

/*
 * Of each disk whose size was not said. 0, EXIT_FAILURE after a complaint, or a negative errno. Who
 * has all sizes is asked for nothing.
 */
int mirror_sizes_find(Client *client, MirrorOrder *order);
