/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is meant by a name? From anything that people call a path, a LUN, a map or a port to the
 * paths and maps that it stands for. Looks at what is known; of sysfs and /dev it asks only which
 * device a name leads to.
 */

#include "lunwatch/map/table.h"
#include "lunwatch/path/inventory.h"

typedef enum FoundKind {
        FOUND_PATH,
        FOUND_LUN, /* by WWID */
        FOUND_MAP,
        FOUND_INITIATOR,
        FOUND_TARGET,
} FoundKind;

/* "path", "lun", "map", "initiator", "target" */
const char *found_kind_text(FoundKind kind);

/* As many paths as one answer may have. */
#define FOUND_PATHS_MAX 1000

typedef struct Found {
        FoundKind kind;
        const Path **paths; /* valid until the index or the table changes */
        size_t n_paths;
        const Map **maps; /* on top of these paths; of a map: itself first */
        size_t n_maps;
        size_t n_paths_allocated, n_maps_allocated;
        char device[MAP_DEVICE_MAX]; /* the kernel name that was meant, of a path or map */
} Found;

void found_done(Found *found);

/*
 * name: an H:C:T:L; a kernel name; a node or link below /dev, of a disk, a map or a partition of
 * one; a WWID in any spelling; a WWPN or an iSCSI name, of an initiator or else of a target; the
 * name or uuid of a map. -ENOENT for what is none of these; -E2BIG for more than FOUND_PATHS_MAX
 * paths.
 */
int find_object(const Inventory *inventory, const MapTable *maps, const char *name, Found *ret);

/* What a block device is of, by its kernel name: itself, or the disk of a partition. */
int find_device(const Inventory *inventory, const MapTable *maps, const char *device, Found *ret);

/* Adds a map and what it is made of, down to its paths. */
int found_add_map(Found *found, const Inventory *inventory, const MapTable *maps, const Map *map);
