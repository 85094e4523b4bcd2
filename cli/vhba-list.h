/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * vHBAs as a table, a line each.
 */

#include "cli/inventory.h"

#include <stdbool.h>

/* Those on one HBA (an object), or all of them (NULL). Prints nothing when there are none. */
int vhba_table_print(const Inventory *inventory, const char *hba_object, bool heads);

typedef struct BadDefinition {
        const char *file;
        uint32_t line;
        const char *what;
} BadDefinition;

/*
 * Calls for each definition that vhbad cannot read; the strings are gone afterwards. A negative
 * errno with the error filled in, or what a callback returned below 0.
 */
int bad_definition_query(Client *client, int (*use)(const BadDefinition *bad, void *userdata),
                         void *userdata, sd_bus_error *error);
