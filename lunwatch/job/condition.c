/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/condition.h"

#include "lunwatch/path/wwid.h"

#include <inttypes.h>

/* Over the paths that match: from one possible place in the index to the next. */
typedef struct Walk {
        const Condition *condition;
        const Index *index;
        Path *const *paths; /* of the index, or its disks of one WWID */
        size_t i, end;
        Port initiator, target; /* name 0: any */
} Walk;

void condition_done(Condition *condition) {
        free(condition->initiator);
        free(condition->target);
        free(condition->wwid);
        *condition = (Condition){ 0 };
}

static Port find_port(const char *text) {
        Port port = { 0 };

        if (text && port_parse(text, &port) < 0)
                port.name = NAME_NOBODY;

        return port;
}

static Walk walk_begin(const Condition *condition, const Index *index) {
        Walk walk = {
                .condition = condition,
                .index = index,
                .paths = index->paths,
                .initiator = find_port(condition->initiator),
                .target = find_port(condition->target),
        };
        IndexRange range = { 0, index->n_paths };

        if (condition->wwid) {
                walk.paths = index->disks;
                range = index_wwid(index, condition->wwid);
        } else if (walk.initiator.name)
                range = index_initiator(index, &walk.initiator);
        walk.i = range.begin;
        walk.end = range.end;

        return walk;
}

static bool is_port(const Port *wanted, const Path *path, uint64_t name) {
        return !wanted->name || (wanted->transport == path->key.transport && wanted->name == name);
}

static bool matches(const Walk *walk, const Path *path) {
        const Condition *condition = walk->condition;

        return is_port(&walk->initiator, path, path->key.initiator) &&
               is_port(&walk->target, path, path->key.target) &&
               (!condition->has_lun || path->key.hctl.lun == condition->lun);
}

/* The next place at which one may match, when this one, which is behind the initiator, does not. */
static size_t skip(const Walk *walk, const Path *path) {
        const Condition *condition = walk->condition;
        const Port *target = &walk->target;
        PathKey key = path->key;

        if (target->name && key.transport != target->transport) {
                const PathKey first = { .transport = target->transport };

                return key.transport > target->transport ? walk->end
                                                         : index_lower_bound(walk->index, &first);
        }
        if (target->name && key.target > target->name)
                return index_initiator(walk->index, &(Port){ key.transport, key.initiator }).end;
        if (target->name && key.target < target->name)
                key.target = target->name;
        else if (key.hctl.lun > condition->lun)
                return index_target(walk->index, &key).end;

        key.hctl = (Hctl){ .lun = condition->has_lun ? condition->lun : 0 };
        return index_lower_bound(walk->index, &key);
}

static const Path *walk_next(Walk *walk) {
        while (walk->i < walk->end) {
                const Path *path = walk->paths[walk->i];

                if (matches(walk, path)) {
                        walk->i++;
                        return path;
                }
                if (walk->condition->wwid)
                        walk->i++;
                else
                        walk->i = skip(walk, path);
        }

        return NULL;
}

/* Adds one path to what is known of a condition that waits for paths to come. */
static void count(const Condition *condition, const MapTable *maps, const Path *path,
                  Standing *standing) {
        const Map *map = NULL;

        standing->n_paths++;
        if (condition->with_map && path_is_usable(path))
                map = map_table_find_on(maps, path_name(path));

        if (path->quarantine != QUARANTINE_NONE || (map && map->quarantine != QUARANTINE_NONE))
                standing->n_quarantined++;
        else if (!path_is_usable(path))
                return;
        else if (condition->with_map && (!map || !map_is_multipath(map)))
                standing->n_unmapped++;
        else
                standing->n_counted++;
}

Standing condition_look(const Condition *condition, const Index *index, const MapTable *maps) {
        Walk walk = walk_begin(condition, index);
        Standing standing = { 0 };
        const Path *path;

        if (condition->is_gone) {
                standing.left = walk_next(&walk);
                standing.is_true = !standing.left;
                return standing;
        }

        while (standing.n_counted < condition->n_wanted && (path = walk_next(&walk)))
                if (path_has_disk(path))
                        count(condition, maps, path, &standing);

        standing.is_true = standing.n_counted >= condition->n_wanted;
        return standing;
}

size_t condition_paths(const Condition *condition, const Index *index, const Path **paths,
                       size_t max) {
        Walk walk = walk_begin(condition, index);
        const Path *path;
        size_t n = 0;

        while (n < max && (path = walk_next(&walk)))
                paths[n++] = path;

        return n;
}

static void print_condition(FILE *f, const Condition *condition, const char *any) {
        if (condition->has_lun)
                (void) fprintf(f, "LUN %" PRIu64, condition->lun);
        else if (!condition->wwid)
                (void) fputs(any, f);
        if (condition->wwid)
                (void) fprintf(f, "%s%s", condition->has_lun ? " with the WWID " : "",
                               wwid_bare(condition->wwid));
        if (condition->initiator)
                (void) fprintf(f, " behind %s", condition->initiator);
        if (condition->target)
                (void) fprintf(f, " at %s", condition->target);
}

char *condition_describe(const Condition *condition, const char *any) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        print_condition(f, condition, any);
        if (fclose(f) != 0)
                return NULL;

        return TAKE_PTR(text);
}
