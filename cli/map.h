/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Block devices made of others (multipath maps, md, LVM, loop), as lunwatch tells them.
 */

#include "cli/client.h"
#include "cli/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_MEMBER_FIELDS "ssssuss"
#define MAP_TYPE "ssssstsa(" MAP_MEMBER_FIELDS ")asass"

/* The strings are those of the message that it was read from; none is NULL. */
typedef struct MapMember {
        const char *device;
        const char *hctl;    /* "": no SCSI path that lunwatch knows */
        const char *state;   /* device-mapper's word */
        const char *checker; /* multipathd's */
        uint32_t group;      /* 0: not known */
        const char *group_state;
        const char *policy;
} MapMember;

typedef struct Map {
        const char *name;
        const char *kind;
        const char *uuid;
        const char *device;
        const char *wwid;
        uint64_t size_bytes;
        const char *state;
        MapMember *members;
        size_t n_members;
        const char **holders; /* end with NULL, which is all there is without any */
        const char **links;
        const char *quarantine;
} Map;

typedef struct MapList {
        Map *maps;
        size_t n_maps;
        sd_bus_message **messages;
        size_t n_messages;
} MapList;

/* What ListMaps is asked for; NULL for any. */
typedef struct MapFilter {
        const char *kind;
        const char *wwid;
} MapFilter;

/* One struct; the message must outlive it. 0 at the end of an array, > 0, or a negative errno. */
int map_read(sd_bus_message *message, Map *ret);
void map_done(Map *map);

/* An array of them behind what the list has; keeps the message. A negative errno. */
int map_list_read(sd_bus_message *message, MapList *list);
void map_list_done(MapList *list);

/* All that pass the filter. A negative errno with the error filled in. */
int map_list_query(Client *client, const MapFilter *filter, MapList *ret, sd_bus_error *error);

/* By its device ("/dev/dm-3"); NULL when there is none. */
const Map *map_list_find(const MapList *list, const char *device);

/* Has every I/O a way to go? A member that device-mapper or multipathd has given up does not. */
bool map_member_is_usable(const MapMember *member);
size_t map_count_usable(const Map *map);

/* One word: "quarantined", or its state. */
const char *map_state(const Map *map);

Json *map_to_json(const Map *map);
Json *map_list_to_json(const MapList *list);
