/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All paths, found by H:C:T:L, device number, kernel name and WWID through hash tables, and by
 * (initiator, target, LUN) through one sorted array: what is behind an initiator, and behind one of
 * its targets, is a range of it, and a page of a list is a slice. A second array has the disks LUN
 * by LUN. Owns its paths; knows nothing of where they come from or who is told.
 */

#include "lunwatch/path/names.h"
#include "lunwatch/path/path.h"

typedef struct Index {
        Path **paths; /* sorted by key */
        Path **disks; /* those with a disk, sorted by WWID, then by key: LUNs are slices of it */
        size_t n_paths, n_allocated, n_disks, n_luns;
        Table by_hctl, by_devnum, by_name, by_wwid;
        uint64_t version; /* grows whenever a path comes or goes */
} Index;

void index_done(Index *index);

/*
 * Takes the path over. One of the same H:C:T:L makes way and is handed back in *ret_old (or NULL),
 * to be freed by the caller. On failure nothing has changed and the path is still the caller's.
 */
int index_put(Index *index, Path *path, Path **ret_old);

/* Removes it and hands it to the caller; NULL when there is none. */
Path *index_take(Index *index, const Hctl *hctl);

/* Sets the scan of the path at this place, if there is one. */
void index_mark(Index *index, const Hctl *hctl, uint32_t scan);

const Path *index_find_hctl(const Index *index, const Hctl *hctl);
const Path *index_find_devnum(const Index *index, uint32_t major, uint32_t minor);
const Path *index_find_name(const Index *index, const char *name);

/* Every path with this WWID in any spelling, in no particular order; NULL at the end. */
const Path *index_first_wwid(const Index *index, const char *wwid);
const Path *index_next_wwid(const Path *path);

/* The position of the first path that is not before the key; n_paths when there is none. */
size_t index_lower_bound(const Index *index, const PathKey *key);

/* The position of the first path that is behind the key. */
size_t index_after(const Index *index, const PathKey *key);

/* A slice [begin, end) of index->paths. */
typedef struct IndexRange {
        size_t begin, end;
} IndexRange;

/*
 * Of index->disks, all disks with this WWID in any spelling; for "", those without one. A disk that
 * has none is a LUN for itself, since nobody can know.
 */
IndexRange index_wwid(const Index *index, const char *wwid);

/* The position in index->disks of the first that is not before this WWID and key. */
size_t index_disk_bound(const Index *index, const char *wwid, const PathKey *key);

/* Of index->disks, the LUN that begins at this position. */
IndexRange index_lun_at(const Index *index, size_t begin);

IndexRange index_initiator(const Index *index, const Port *initiator);
/* Of the key, what the name of the function says counts. */
IndexRange index_target(const Index *index, const PathKey *key);
IndexRange index_lun(const Index *index, const PathKey *key);
