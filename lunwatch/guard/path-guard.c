/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/path-guard.h"

#include <inttypes.h>

const char *path_guard_key(const Path *path, PathGuardKey ret) {
        PortName initiator, target;

        (void) snprintf(ret, sizeof(PathGuardKey), "%s-%s-lun-%" PRIu64,
                        path_initiator(path, initiator), path_target(path, target),
                        path->key.hctl.lun);
        return ret;
}

static PathQuarantine judge(void *userdata, const Path *path) {
        static const PathQuarantine words[_SUSPICION_MAX] = {
                [SUSPICION_NONE] = QUARANTINE_NONE,
                [SUSPICION_WWID] = QUARANTINE_WWID,
                [SUSPICION_SIZE] = QUARANTINE_SIZE,
        };
        const Identity seen = { path_wwid(path), path->size_bytes };
        PathGuard *paths = userdata;
        PathGuardKey key;
        PortName name;

        return words[guard_judge(paths->guard, RECORD_PATH, path_guard_key(path, key), &seen,
                                 path->key.transport == PATH_FC ? path_initiator(path, name)
                                                                : NULL)];
}

/* Two iSCSI sessions with one target, or a host that comes while its old self goes. */
static bool has_twin(const Index *index, const Path *path) {
        IndexRange range = index_lun(index, &path->key);

        for (size_t i = range.begin; i < range.end; i++)
                if (!hctl_equals(&index->paths[i]->key.hctl, &path->key.hctl))
                        return true;

        return false;
}

static void removed(void *userdata, const Path *path, bool is_deliberate) {
        PathGuard *paths = userdata;
        PathGuardKey key;

        if (!has_twin(&paths->inventory->index, path))
                guard_gone(paths->guard, RECORD_PATH, path_guard_key(path, key), is_deliberate);
}

static void describe(void *userdata, const Path *path, FILE *f) {
        char then_text[IDENTITY_TEXT_MAX], now_text[IDENTITY_TEXT_MAX];
        const PathGuard *paths = userdata;
        const Record *record;
        Identity then, now;
        PathGuardKey key;

        record = records_find(&paths->guard->records, RECORD_PATH, path_guard_key(path, key));
        if (!record || !record->quarantine)
                return;

        then = record_then(record);
        now = record_now(record);
        (void) fprintf(f, "It was %s and is %s.", identity_format(&then, then_text),
                       identity_format(&now, now_text));
}

void path_guard_attach(PathGuard *paths, Guard *guard, Inventory *inventory) {
        *paths = (PathGuard){
                .guard = guard,
                .inventory = inventory,
                .hook = {
                        .judge = judge,
                        .removed = removed,
                        .describe = describe,
                        .userdata = paths,
                },
        };
        inventory->guard = &paths->hook;
}
