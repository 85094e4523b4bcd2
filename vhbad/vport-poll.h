/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sees what has no event. The kernel tells nobody of a vport's change of state, so while there are
 * vports their states are read twice a second, two small files each, which keeps "followed within
 * 1 s". While there are HBAs only, all is read every 10 s; without HBAs nothing at all.
 */

typedef struct Manager Manager;
typedef struct Poll Poll;

int poll_new(Manager *manager, Poll **ret);
Poll *poll_free(Poll *poll);

/* The number of vports or HBAs may have changed. */
int poll_adjust(Poll *poll);
