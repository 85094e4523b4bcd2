/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A map: a block device that is made of others, as it was at one moment. Multipath maps above all;
 * LVM, dm-raid, crypt, MD and loop devices have the same shape (S2.8). A record never changes; when
 * the device does, a new one takes its place. Reads nothing and knows no other map.
 */

#include "common/cleanup.h"
#include "lunwatch/path/path.h"
#include "lunwatch/path/table.h"

#define MAP_NAME_MAX 128 /* the kernel's DM_NAME_LEN */
#define MAP_UUID_MAX 129 /* DM_UUID_LEN */
#define MAP_DEVICE_MAX 32
#define MAP_WORD_MAX 24

typedef struct MapMember {
        TableNode by_device; /* the table's own */
        struct Map *map;
        char device[MAP_DEVICE_MAX];    /* kernel name */
        char state[MAP_WORD_MAX];       /* "active", "failed"; "" when nobody says */
        char checker[MAP_WORD_MAX];     /* multipathd: "ready", "faulty", "ghost", … */
        uint32_t group;                 /* of paths, from 1; 0 when not known */
        char group_state[MAP_WORD_MAX]; /* "active", "enabled", "disabled" */
        char policy[MAP_WORD_MAX];      /* "service-time 0" */
} MapMember;

typedef struct Map {
        TableNode by_name, by_uuid, by_wwid, by_device; /* the table's own */

        char device[MAP_DEVICE_MAX]; /* kernel name, "dm-3" */
        char name[MAP_NAME_MAX];     /* "mpatha"; the kernel name of what has no other */
        char uuid[MAP_UUID_MAX];
        char wwid[MAP_UUID_MAX]; /* of a multipath map, "naa.6001…"; else "" */
        const char *kind; /* a literal: "multipath", "lvm", "crypt", "raid", "md", "loop", … */
        char state[MAP_WORD_MAX]; /* "active", "suspended"; MD's array_state */
        uint32_t major, minor;
        uint64_t size_bytes;
        PathQuarantine quarantine;

        MapMember *members;
        size_t n_members;
        char **holders; /* kernel names of what is on top, sorted; ends with NULL */
        char **links;   /* full names, the stable ones first; ends with NULL */
} Map;

#define MAP_MULTIPATH "multipath"

Map *map_free(Map *map);
DEFINE_CLEANUP(Map *, map_free);

/* Whether everything that a subscriber can see is the same. */
bool map_equals(const Map *a, const Map *b);

/*
 * What has changed, in a word, the first that applies: "identity", "size", "released",
 * "path-failed", "path-restored", "name", "state", "members", "holders", "links".
 */
const char *map_change_cause(const Map *before, const Map *now);

bool map_is_multipath(const Map *map);
const MapMember *map_find_member(const Map *map, const char *device);

/*
 * From the uuid: what kind of map it is, and the WWID of a multipath map ("mpath-36001…" is
 * "naa.6001…"), "" of others. lib/device-mapper names uuids "SUBSYSTEM-…".
 */
const char *map_kind_of_uuid(const char *uuid);
void map_wwid_of_uuid(const char *uuid, char ret[static MAP_UUID_MAX]);
