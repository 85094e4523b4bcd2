/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses the LUNs behind a SCSI host: mounts, swap areas, devices on top (LVM, md, other
 * device-mapper), and processes that have a device open. A multipath map is not a holder itself;
 * whoever uses the map is.
 *
 * What it sees depends on what its caller may see: processes of others only with CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH. What the kernel itself holds without a word in sysfs or /proc is not seen: a
 * ZFS pool, a LIO or nvmet backend, a loop device, another file system's journal. Nor are tapes.
 */

#include <stddef.h>

typedef struct Holders {
        char **items; /* in words: "sda1 is mounted on /srv", "qemu-system-x86 (812) has sdb open"
                       */
        size_t n;
} Holders;

/* > 0 when there are any, 0 when there are none. "" for the host is a vport without one. */
int holders_find(const char *scsi_host, Holders *ret);
void holders_done(Holders *holders);
