/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What "fc-ctl list" prints: HBAs, vports, and mapped LUNs with the disks they have become.
 */

#include <stdio.h>

void list_print(FILE *out);
