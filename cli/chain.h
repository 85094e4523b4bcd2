/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What hangs together with a name, from who uses it down to the HBAs: asked of lunwatch, with the
 * names that vhbad knows. How it looks is chain-tree.h's.
 */

#include "cli/inventory.h"
#include "cli/lun-path.h"
#include "cli/map.h"
#include "cli/use.h"

typedef struct Chain {
        char *kind; /* what the name is: "path", "lun", "map", "mount", "initiator", "target" */
        LunPathList paths;
        MapList maps;
        UseList uses;
        Inventory inventory; /* empty where vhbad does not run */
} Chain;

/* A negative errno with the error filled in. Strings are valid until chain_done(). */
int chain_query(Client *client, const char *name, Chain *ret, sd_bus_error *error);
void chain_done(Chain *chain);

/*
 * Adds the processes and domains that have it open, which only root may ask for: anybody else, and
 * whoever gets no answer, does without.
 */
void chain_inspect(Client *client, const char *name, Chain *chain);

const LunPath *chain_find_path(const Chain *chain, const char *device);

/* Is it the map that the use speaks of? A volume is "vg/lv" to people, "vg-lv" to the kernel. */
bool map_is_object(const Map *map, const char *object);

/* What an object is named after, without the folders: "sdb1" of "/dev/sdb1". */
const char *base_name(const char *path);

/* Sets "paths", "maps", "uses", "vhbas" and "hbas". */
void chain_set_json(const Chain *chain, Json *json);
