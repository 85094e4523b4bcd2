/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/release.h"

#include "lunwatch/guard/path-guard.h"
#include "lunwatch/path/find.h"
#include "lunwatch/path/wwid.h"

#include <string.h>

#define MAP_UUID_PREFIX "mpath-"

/* A name, and the record of the path or map that has it. */
typedef struct Meant {
        const char *name;
        RecordKind kind;
        PathGuardKey key; /* "": the name is of no one path or map */
} Meant;

static void find_key(const Inventory *inventory, const MapTable *maps, Meant *meant) {
        _cleanup_(found_done) Found found = { 0 };

        if (find_object(inventory, maps, meant->name, &found) < 0)
                return;
        if (found.kind == FOUND_PATH) {
                meant->kind = RECORD_PATH;
                (void) path_guard_key(found.paths[0], meant->key);
        } else if (found.kind == FOUND_MAP) {
                meant->kind = RECORD_MAP;
                (void) snprintf(meant->key, sizeof meant->key, "%s", found.maps[0]->name);
        }
}

/* The WWID of a path, or that in the uuid of a multipath map. */
static bool has_wwid(const Identity *identity, const char *name) {
        const char *wwid = identity->wwid;

        if (strncmp(wwid, MAP_UUID_PREFIX, strlen(MAP_UUID_PREFIX)) == 0)
                wwid += strlen(MAP_UUID_PREFIX);
        return *wwid && wwid_equals(wwid, name);
}

static bool is_meant(const Record *record, const Meant *meant) {
        Identity then = record_then(record), now = record_now(record);

        if (!record->quarantine)
                return false;
        if (*meant->key && record->kind == meant->kind &&
            strcmp(record_key(record), meant->key) == 0)
                return true;

        return strcmp(record_key(record), meant->name) == 0 || has_wwid(&then, meant->name) ||
               has_wwid(&now, meant->name);
}

/* The next of a shard; to be called anew after one was released, which moves the others. */
static Record *find_meant(const Shard *shard, const Meant *meant) {
        for (Record *record = shard_next(shard, NULL); record; record = shard_next(shard, record))
                if (is_meant(record, meant))
                        return record;

        return NULL;
}

/* Paths that are there learn of it; the first failure. */
static int judge_again(Inventory *inventory) {
        const Index *index = &inventory->index;
        int result = 0;

        for (size_t i = 0; i < index->n_paths; i++) {
                int r;

                if (index->paths[i]->quarantine == QUARANTINE_NONE)
                        continue;
                r = inventory_judge_again(inventory, index->paths[i]);
                if (r < 0 && result == 0)
                        result = r;
        }

        return result;
}

int release(Guard *guard, Inventory *inventory, const MapTable *maps, const char *name) {
        Meant meant = { .name = name };
        int n = 0, r;

        if (!*name || guard->records.n_quarantined == 0)
                return 0;
        find_key(inventory, maps, &meant);

        for (unsigned i = 0; i < SHARDS; i++) {
                Record *record;

                while ((record = find_meant(&guard->records.shards[i], &meant))) {
                        r = guard_release(guard, record);
                        if (r < 0)
                                return r;
                        n++;
                }
        }

        r = n > 0 ? judge_again(inventory) : 0;
        guard_check(guard);
        return r < 0 ? r : n;
}
