/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a scan for LUNs behind an initiator must go: its SCSI hosts, and the numbers that the
 * kernel has given to the ports of the storage. Read from sysfs, since a port without LUNs has no
 * path.
 */

#include "lunwatch/path/inventory.h"

/* More than one initiator sees; what is beyond is found by scanning the host. */
#define SCAN_TARGETS_MAX 64

typedef struct ScanTarget {
        uint32_t host, channel, target;
} ScanTarget;

typedef struct ScanTargets {
        ScanTarget targets[SCAN_TARGETS_MAX];
        uint32_t hosts[SCAN_TARGETS_MAX];
        size_t n_targets, n_hosts;
} ScanTargets;

/*
 * target: the name of one port of the storage, or NULL. It may be one that is not known (yet): then
 * there are hosts only. -ENXIO when there is no such initiator.
 */
int scan_targets_find(int root_fd, const char *initiator, const char *target, ScanTargets *ret);

/*
 * Whether everything that the kernel has found at these hosts is known: none is held back until
 * udev is through with it, and none is yet to be heard of.
 */
bool scan_targets_are_known(const Inventory *inventory, const ScanTargets *targets);
