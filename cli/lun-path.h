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

#define LUN_PATH_FIELDS "sssssstssssssutbs"
#define LUN_PATH_TYPE LUN_PATH_FIELDS "as"

#define LUN_PATH_NO_GROUP UINT32_MAX

/* The strings are those of the message that it was read from; none is NULL. */
typedef struct LunPath {
        const char *hctl;
        const char *transport;
        const char *initiator;
        const char *initiator_node;
        const char *hba; /* the port that carries it: a vHBA's physical HBA */
        const char *target;
        uint64_t lun;
        const char *wwid;
        const char *node;
        const char *sg_node;
        const char *state;
        const char *target_state;
        const char *access;
        uint32_t group; /* or LUN_PATH_NO_GROUP */
        uint64_t size_bytes;
        bool is_vhba;
        const char *quarantine;
        const char **links; /* ends with NULL; of its own */
} LunPath;

/* Paths, and the messages that hold their text. */
typedef struct LunPathList {
        LunPath *paths;
        size_t n_paths;
        sd_bus_message **messages;
        size_t n_messages;
} LunPathList;

/* What ListPaths and ListLuns are asked for; NULL for any. */
typedef struct LunPathFilter {
        const char *initiator;
        const char *target;
        const char *wwid;
        const char *transport;
        bool only_vhbas;
        bool only_quarantined;
} LunPathFilter;

/*
 * Reads one struct; the message must outlive it. 0 at the end of an array, > 0 when there was one,
 * or a negative errno.
 */
int lun_path_read(sd_bus_message *message, LunPath *ret);
void lun_path_done(LunPath *path);

/* Reads an array of them behind what the list has, and keeps the message. A negative errno. */
int lun_path_list_read(sd_bus_message *message, LunPathList *list);
void lun_path_list_done(LunPathList *list);

/* For pages_query(): a LunPathFilter as a{sv}, and a page into a LunPathList. */
int lun_path_filter_append(sd_bus_message *call, const void *filter);

/*
 * Every path that passes the filter, page by page. A negative errno with the error filled in: the
 * caller knows whether it can do without.
 */
int lun_path_list_query(Client *client, const LunPathFilter *filter, LunPathList *ret,
                        sd_bus_error *error);

bool lun_path_is_usable(const LunPath *path);

/* One word for how it is: the worse of its two ends, or "quarantined". */
const char *lun_path_state(const LunPath *path);

/* The by-vhba link, or "" when there is none. */
const char *lun_path_link(const LunPath *path);

Json *lun_path_to_json(const LunPath *path);
Json *lun_path_list_to_json(const LunPathList *list);

/*
 * For what can be shown without LUNs as well: the same, or an empty list and a remark that says
 * why. Returns whether lunwatch answered.
 */
bool lun_path_list_query_or_remark(Client *client, const LunPathFilter *filter, LunPathList *ret);
