/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A path as lunwatch tells it, in the words of lun-walk: so that what two of them say can be
 * compared as text. Any failure to read a message ends the program.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define LUNWATCH_NAME "org.npivot.lunwatch1"
#define LUNWATCH_PATH "/org/npivot/lunwatch1"
#define LUNWATCH_MANAGER "org.npivot.lunwatch1.Manager"

#define LUN_LINE_PATH "sssssstssssssutbsas"

typedef char LunLine[4096];

/* False at the end of an array. The line begins with the H:C:T:L and a blank. */
bool lun_line_read(sd_bus_message *message, LunLine ret, bool *ret_quarantined);

/* Hands every path to func, page by page; a negative errno if lunwatch does not answer. */
typedef void (*LunLineFunc)(const char *line, void *userdata);
int lun_line_list(sd_bus *bus, LunLineFunc func, void *userdata, uint64_t *ret_generation);
