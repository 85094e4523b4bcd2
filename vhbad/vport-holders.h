/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses the LUNs behind a SCSI host: common/holders.h, asked about all of its disks.
 */

#include "common/holders.h"

/* > 0 when there are any, 0 when there are none. "" for the host is a vport without one. */
int vport_holders_find(const char *scsi_host, Holders *ret);
