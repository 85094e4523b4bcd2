/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The SCSI devices behind one SCSI host, from sysfs at the moment of the question: one entry a
 * path.
 */

#include "vhbad/definition.h"

#include <dirent.h>
#include <sys/types.h>

typedef struct LunPath {
        char name[64];  /* "7:0:0:0" */
        char block[32]; /* "sda"; "" when it has no block device (yet) */
        dev_t generic;  /* its sg device; 0 for none */
        uint64_t lun;
        char wwid[WWID_MAX]; /* as wwid_parse() has it; "" when the kernel knows none */
        bool is_running;
        bool is_ready; /* what needs a block device has one, and udev is done with it */
} LunPath;

/* In ascending order of LUN, then of name. A host that is gone has none. */
int lun_path_list(const char *scsi_host, LunPath **ret, size_t *ret_n);
