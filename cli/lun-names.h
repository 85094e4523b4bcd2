/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * npivot lun list --view=DIRECTORY: LUNs by their names in one directory below /dev, as single
 * paths or as whole disks.
 */

#include "cli/client.h"

/* Reads --view and --source, connects, prints. Returns as verbs do. */
int lun_names_print(Client *client);
