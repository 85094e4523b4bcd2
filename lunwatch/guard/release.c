/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/release.h"

#include "lunwatch/guard/path-guard.h"
#include "lunwatch/path/find.h"
#include "lunwatch/path/wwid.h"

#include <string.h>

#define MAP_UUID_PREFIX "mpath-"

/* The WWID of a path, or that in the uuid of a multipath map. */
static bool has_wwid(const Identity *identity, const char *name) {
        const char *wwid = identity->wwid;

        if (strncmp(wwid, MAP_UUID_PREFIX, strlen(MAP_UUID_PREFIX)) == 0)
                wwid += strlen(MAP_UUID_PREFIX);
        return *wwid && wwid_equals(wwid, name);
}

static bool is_meant(const Record *record, const char *name, const char *path_key) {
        Identity then, now;

        if (!record->quarantine)
                return false;
        if (strcmp(record_key(record), name) == 0)
                return true;
        if (path_key)
                return record->kind == RECORD_PATH && strcmp(record_key(record), path_key) == 0;

        then = record_then(record);
        now = record_now(record);
        return has_wwid(&then, name) || has_wwid(&now, name);
}

/* The next of a shard; to be called anew after one was released, which moves the others. */
static Record *find_meant(const Shard *shard, const char *name, const char *path_key) {
        for (Record *record = shard_next(shard, NULL); record; record = shard_next(shard, record))
                if (is_meant(record, name, path_key))
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

int release(Guard *guard, Inventory *inventory, const char *name) {
        const Path *path = path_find(inventory, name);
        const char *path_key = NULL;
        PathGuardKey key;
        int n = 0, r;

        if (!*name || guard->records.n_quarantined == 0)
                return 0;
        if (path)
                path_key = path_guard_key(path, key);

        for (unsigned i = 0; i < SHARDS; i++) {
                Record *record;

                while ((record = find_meant(&guard->records.shards[i], name, path_key))) {
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
