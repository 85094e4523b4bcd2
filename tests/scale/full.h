/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lunwatch does not read but its peers do: the rest of a SCSI device in sysfs, as lsscsi,
 * lsblk and sd-device want it. For measures; tests have the small tree.
 */

#include "tests/scale/shape.h"

void full_add_classes(FcTree *tree);
void full_add_target(FcTree *tree, const DevPath *where, Wwn port_name);

/* number is that of its sg node. */
void full_add_lun(FcTree *tree, const FcTreeLun *lun, uint32_t number);
