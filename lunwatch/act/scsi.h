/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lun-act reads and writes of SCSI devices in sysfs. root_fd is a directory with sys below it.
 */

#include "lunwatch/act/request.h"

#include <sys/types.h>

typedef struct ScsiDisk {
        Hctl hctl;
        char block[32]; /* "sdb"; "" when it has none */
        dev_t generic;  /* its sg node; 0 for none */
        char wwid[256]; /* as the kernel has it; "" when it knows none */
        char state[32]; /* "running", "offline", … */
} ScsiDisk;

/* -ENOENT when there is none (any more). */
int scsi_read(int root_fd, const Hctl *hctl, ScsiDisk *ret);

bool scsi_exists(int root_fd, const Hctl *hctl);

/* The first device with this WWID, in any spelling. -ENOENT when there is none. */
int scsi_find_wwid(int root_fd, const char *wwid, Hctl *ret);

/* Each blocks until the kernel is through with it. */
int scsi_delete(int root_fd, const Hctl *hctl);
int scsi_reread(int root_fd, const Hctl *hctl);
int scsi_scan(int root_fd, const Request *request);
