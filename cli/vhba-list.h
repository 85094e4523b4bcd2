/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * vHBAs as a table, a line each.
 */

#include "cli/inventory.h"

#include <stdbool.h>

/* Those on one HBA (an object), or all of them (NULL). Prints nothing when there are none. */
int vhba_table_print(const Inventory *inventory, const char *hba_object, bool heads);
