/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses disks: mounts, swap areas, devices on top (LVM, md, other device-mapper), and processes
 * that have a device open. Partitions and multipath maps are not holders themselves; whoever uses
 * them is.
 *
 * What it sees depends on what its caller may see: processes of others only with CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH. What the kernel itself holds without a word in sysfs or /proc is not seen: a
 * ZFS pool, a LIO or nvmet backend, a loop device, another file system's journal. Nor are tapes.
 */

#include <stddef.h>
#include <sys/types.h>

typedef struct Holder {
        const char *kind; /* a literal: "mount", "swap", "lvm", "md", "map", "holder", "process" */
        char *object;     /* where it is mounted, the name on top, the process's number, … */
        char device[32];  /* kernel name of what it holds, "sda1", "dm-0" */
        char *words;      /* "sda1 is mounted on /srv", "qemu-system-x86 (PID 812) has sdb open" */
} Holder;

typedef struct Holders {
        Holder *items;
        size_t n;
} Holders;

/* A disk: its block device ("" for none), and its sg node (0 for none) with the name to tell. */
typedef struct HolderDisk {
        char block[32];
        char name[64];
        dev_t generic;
} HolderDisk;

/* > 0 when there are any, 0 when there are none. */
int holders_find(const HolderDisk *disks, size_t n_disks, Holders *ret);
void holders_done(Holders *holders);
