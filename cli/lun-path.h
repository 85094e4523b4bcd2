/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Paths to LUNs, as lunwatch tells them. Everything is text as it came over the bus: the strings
 * are those of the message that a path was read from, and live as long as it does.
 */

#include "cli/client.h"
#include "cli/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LUN_PATH_TYPE "sssssstssssssutbsas"

typedef struct LunPath {
        const char *hctl;
        const char *transport; /* "fc", "iscsi" */
        const char *initiator;
        const char *initiator_node;
        const char *hba; /* port name of the HBA below a vHBA; an iSCSI interface */
        const char *target;
        uint64_t lun;
        const char *wwid;
        const char *node; /* of the disk */
        const char *sg_node;
        const char *state;
        const char *target_state;
        const char *access; /* ALUA: "optimized", …; "" when not known */
        uint32_t group;     /* ALUA target port group; LUN_PATH_NO_GROUP when not known */
        uint64_t size_bytes;
        bool is_vhba;
        const char *quarantine; /* "", "wwid-changed", "size-changed" */
        const char **links;     /* ends with NULL */
} LunPath;

#define LUN_PATH_NO_GROUP UINT32_MAX

/* Keeps the messages that its paths came in. */
typedef struct LunPathList {
        LunPath *paths;
        size_t n_paths;
        sd_bus_message **messages;
        size_t n_messages;
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
