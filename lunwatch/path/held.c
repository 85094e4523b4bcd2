/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/held.h"

#include "common/cleanup.h"

struct HeldPath {
        TAILQ_ENTRY(HeldPath) entry;
        TableNode by_hctl;
        DevPath where;
        uint64_t due_usec;
};

void held_init(HeldList *held) {
        *held = (HeldList){ 0 };
        TAILQ_INIT(&held->list);
}

static void remove_path(HeldList *held, HeldPath *path) {
        TAILQ_REMOVE(&held->list, path, entry);
        table_remove(&held->by_hctl, &path->by_hctl);
        free(path);
}

void held_done(HeldList *held) {
        HeldPath *path;

        while ((path = TAILQ_FIRST(&held->list)))
                remove_path(held, path);
        table_done(&held->by_hctl);
}

static HeldPath *find(const HeldList *held, const Hctl *hctl) {
        TableNode *node = table_first(&held->by_hctl, hctl_hash(hctl));

        for (; node; node = table_next(node)) {
                HeldPath *path = table_owner(node, HeldPath, by_hctl);

                if (hctl_equals(&path->where.hctl, hctl))
                        return path;
        }

        return NULL;
}

int held_add(HeldList *held, const DevPath *where, uint64_t now_usec) {
        HeldPath *path;
        int r;

        if (find(held, &where->hctl))
                return 0;

        r = table_prepare(&held->by_hctl);
        if (r < 0)
                return r;
        path = calloc(1, sizeof *path);
        if (!path)
                return -ENOMEM;

        path->where = *where;
        path->due_usec = now_usec + HELD_USEC;
        TAILQ_INSERT_TAIL(&held->list, path, entry);
        table_add(&held->by_hctl, &path->by_hctl, hctl_hash(&where->hctl));
        return 0;
}

void held_drop(HeldList *held, const Hctl *hctl) {
        HeldPath *path = find(held, hctl);

        if (path)
                remove_path(held, path);
}

bool held_take_due(HeldList *held, uint64_t now_usec, DevPath *ret) {
        HeldPath *path = TAILQ_FIRST(&held->list);

        if (!path || path->due_usec > now_usec)
                return false;

        *ret = path->where;
        remove_path(held, path);
        return true;
}
