/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is mounted, and what is swapped on: the tables of the kernel, through libmount, read anew
 * when they have changed. The home of libmount. The table is that of this process's mount name
 * space: a service's, into which what the host mounts later is propagated.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

typedef struct Mounts Mounts;

/*
 * files: paths of a mountinfo and a swaps file, NULL for the kernel's. on_change may be NULL:
 * called with a device that is mounted now and was not, or the other way round.
 */
typedef void (*MountsFunc)(dev_t device, void *userdata);
int mounts_new(sd_event *event, const char *mountinfo, const char *swaps, MountsFunc on_change,
               void *userdata, Mounts **ret);
Mounts *mounts_free(Mounts *mounts);
DEFINE_CLEANUP(Mounts *, mounts_free);

/* Where a device is mounted, one after the other: from *position = 0; NULL at the end. */
const char *mounts_next(Mounts *mounts, dev_t device, size_t *position);

/* The device that is mounted there last; 0 when none is. */
dev_t mounts_find(Mounts *mounts, const char *target);

/* Whether a device node ("/dev/sdb2", "/dev/dm-3") is swapped on. */
bool mounts_is_swap(Mounts *mounts, const char *node);
