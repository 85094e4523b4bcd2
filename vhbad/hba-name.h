/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who made an HBA, and what it is called: from the hwdb where udev knows the PCI device, else from
 * the driver, else the PCI ids.
 */

#include "vhbad/fc.h"

typedef struct HbaName {
        char vendor[128];
        char model[256];
} HbaName;

void hba_name_read(const FcHost *host, HbaName *ret);
