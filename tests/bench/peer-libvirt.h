/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How libvirt 9 finds the stable path of a LUN behind a vHBA, as a peer for measuring: written
 * anew after its algorithm, with the same files, the same order and the same system calls a
 * candidate, and without what would only make it slower (udevadm settle, opening the disk to read
 * its size and format, locks, logging).
 *
 * virVHBAGetHostByWWN walks /sys/class/fc_host and compares node_name and port_name;
 * virStorageBackendSCSIFindLUs walks /sys/bus/scsi/devices for devices of that host, reads `type`
 * and looks for the directory `block`; virStorageBackendStablePath walks the target directory of
 * the pool and asks of each link whether it leads to the disk (lstat, stat, stat).
 */

#include "common/wwn.h"

#include <stddef.h>

/* Looks below "/". 0, or -ENOENT. */
int peer_libvirt_lookup(Wwn initiator, Wwn node, uint64_t lun, char *ret_path, size_t size);
