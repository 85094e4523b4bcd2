/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Paths to LUNs, as lunwatch tells them. Everything is text as it came over the bus.
 */

#include "cli/client.h"
#include "cli/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LUN_PATH_TYPE "sssstsssstbas"

typedef struct LunPath {
        char *hctl;
        char *initiator;
        char *initiator_node;
        char *target;
        uint64_t lun;
        char *wwid;
        char *node;
        char *state;
        char *target_state;
        uint64_t size_bytes;
        bool is_vhba;
        char **links;
} LunPath;

typedef struct LunPathList {
        LunPath *paths;
        size_t n_paths;
} LunPathList;

/* What ListPaths is asked for; NULL for any. */
typedef struct LunPathFilter {
        const char *initiator;
        const char *target;
        const char *wwid;
        bool only_vhbas;
} LunPathFilter;

/* Reads one struct. 0 at the end of an array, > 0 when there was one, or a negative errno. */
int lun_path_read(sd_bus_message *message, LunPath *ret);
void lun_path_done(LunPath *path);

/* Reads an array of them behind what the list has. A negative errno. */
int lun_path_list_read(sd_bus_message *message, LunPathList *list);
void lun_path_list_done(LunPathList *list);

/*
 * Every path that passes the filter, page by page. A negative errno with the error filled in: the
 * caller knows whether it can do without.
 */
int lun_path_list_query(Client *client, const LunPathFilter *filter, LunPathList *ret,
                        sd_bus_error *error);

bool lun_path_is_usable(const LunPath *path);

/* The by-vhba link, or "" when there is none. */
const char *lun_path_link(const LunPath *path);

Json *lun_path_to_json(const LunPath *path);

/*
 * For what can be shown without LUNs as well: the same, or an empty list and a remark that says
 * why. Returns whether lunwatch answered.
 */
bool lun_path_list_query_or_remark(Client *client, const LunPathFilter *filter, LunPathList *ret);
