/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * LUNs: what is behind all paths with one WWID, or behind one path whose WWID is not known. A LUN
 * is a disk here; controllers and enclosures are none. Looks at the index only, and knows no maps.
 */

#include "lunwatch/path/filter.h"

/* What the paths that a filter lets through say of one LUN. */
typedef struct Lun {
        const char *wwid; /* "": not known; that of the best path, valid as long as that */
        uint64_t size_bytes;
        uint32_t n_paths, n_usable;
        PathQuarantine quarantine; /* of the first path that is in quarantine */
        const Path *best;          /* a usable one if there is one, with the first of the links */
} Lun;

/* The map that makes one device of the paths of a LUN, as far as a list must know it. */
typedef struct LunMap {
        const char *name;   /* "mpatha" */
        const char *device; /* "dm-3" */
        const char *link;   /* "/dev/disk/by-id/dm-uuid-mpath-…", or "" */
        uint64_t size_bytes;
        PathQuarantine quarantine;
} LunMap;

/* Finds the map of a WWID; false when it has none. */
typedef bool (*LunMapFind)(const void *userdata, const char *wwid, LunMap *ret);

/* Where a page of LUNs ended: behind all with this WWID, or behind one path without. */
typedef struct LunCursor {
        const char *wwid;
        PathKey key; /* counts without a WWID */
} LunCursor;

/*
 * Up to max LUNs of which a path passes the filter, behind the cursor (NULL: from the beginning),
 * in the order of their WWIDs; those without one come first, in the order of the index. Returns
 * their number; *ret_more tells whether others follow.
 */
size_t lun_page(const Filter *filter, const Index *index, const LunCursor *after, Lun *luns,
                size_t max, bool *ret_more);

LunCursor lun_cursor(const Lun *lun);

/* The LUN that this path is of, with all its paths. -ENXIO when the path has no disk. */
int lun_of_path(const Index *index, const Path *path, Lun *ret);

/* The LUN with this WWID in any spelling. -ENOENT when there is none. */
int lun_of_wwid(const Index *index, const char *wwid, Lun *ret);

/*
 * The name of a LUN that stays: the link of its map (NULL: none), else "/dev/disk/by-id/wwn-…",
 * else another one in by-id, else that of its best path in by-vhba, else the first it has, else "".
 */
#define LUN_LINK_MAX 300
const char *lun_format_link(const Lun *lun, const LunMap *map, char ret[static LUN_LINK_MAX]);

/* The first link of the path below a directory of /dev/disk ("by-path"), without it; or NULL. */
const char *path_link_in(const Path *path, const char *directory);
