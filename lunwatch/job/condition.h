/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which paths a job waits for, or looks for, and how many of them are there. Looks at the index and
 * the maps; knows neither jobs nor the bus.
 */

#include "lunwatch/map/table.h"
#include "lunwatch/path/index.h"

typedef struct Condition {
        /* Names as they were given: one that no path has yet may come. NULL: any. */
        char *initiator, *target, *wwid;
        bool has_lun;
        uint64_t lun;
        uint32_t n_wanted; /* paths, from 1 */
        bool with_map;     /* which are in a multipath map */
        bool is_gone;      /* true when no path is left */
} Condition;

void condition_done(Condition *condition);

typedef struct Standing {
        bool is_true;
        /* Of those that match, up to the one that made it true: */
        uint32_t n_paths;       /* all with a disk */
        uint32_t n_counted;     /* good enough */
        uint32_t n_quarantined; /* would be, but for the guard */
        uint32_t n_unmapped;    /* would be, but for their map */
        const Path *left;       /* of is_gone: one that is still there */
} Standing;

Standing condition_look(const Condition *condition, const Index *index, const MapTable *maps);

/* The paths that match, as many as there is room for. Returns their number. */
size_t condition_paths(const Condition *condition, const Index *index, const Path **paths,
                       size_t max);

/* "LUN 0 behind 2101001b32a90004 at 500a…"; any: what stands for a LUN without number and WWID.
 * NULL without memory. */
char *condition_describe(const Condition *condition, const char *any);
