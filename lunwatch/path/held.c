/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/held.h"

#include "common/cleanup.h"

struct HeldPath {
        TAILQ_ENTRY(HeldPath) entry;
        TableNode by_hctl;
        Path *path;
        uint64_t since_usec;
};

void held_init(HeldList *held) {
        *held = (HeldList){ 0 };
        TAILQ_INIT(&held->list);
}

static void remove_item(HeldList *held, HeldPath *item) {
        TAILQ_REMOVE(&held->list, item, entry);
        table_remove(&held->by_hctl, &item->by_hctl);
        (void) path_free(item->path);
        free(item);
}

void held_done(HeldList *held) {
        HeldPath *item;

        while ((item = TAILQ_FIRST(&held->list)))
                remove_item(held, item);
        table_done(&held->by_hctl);
}

static HeldPath *find(const HeldList *held, const Hctl *hctl) {
        TableNode *node = table_first(&held->by_hctl, hctl_hash(hctl));

        for (; node; node = table_next(node)) {
                HeldPath *item = table_owner(node, HeldPath, by_hctl);

                if (hctl_equals(&item->path->key.hctl, hctl))
                        return item;
        }

        return NULL;
}

int held_add(HeldList *held, Path *new_path, uint64_t now_usec) {
        _cleanup_(path_freep) Path *path = new_path;
        HeldPath *item = find(held, &path->key.hctl);
        int r;

        if (item) {
                path->scan = item->path->scan;
                (void) path_free(item->path);
                item->path = TAKE_PTR(path);
                return 0;
        }

        r = table_prepare(&held->by_hctl);
        if (r < 0)
                return r;
        item = calloc(1, sizeof *item);
        if (!item)
                return -ENOMEM;

        item->path = TAKE_PTR(path);
        item->since_usec = now_usec;
        TAILQ_INSERT_TAIL(&held->list, item, entry);
        table_add(&held->by_hctl, &item->by_hctl, hctl_hash(&item->path->key.hctl));
        return 0;
}

void held_drop(HeldList *held, const Hctl *hctl) {
        HeldPath *item = find(held, hctl);

        if (item)
                remove_item(held, item);
}

bool held_has(const HeldList *held, const Hctl *hctl) {
        return find(held, hctl);
}

bool held_take_due(HeldList *held, uint64_t now_usec, DevPath *ret) {
        HeldPath *item;

        TAILQ_FOREACH(item, &held->list, entry) {
                if (item->since_usec + HELD_USEC > now_usec)
                        return false;
                if (path_has_disk(item->path))
                        continue;

                *ret = path_devpath(item->path);
                remove_item(held, item);
                return true;
        }

        return false;
}

void held_mark(HeldList *held, const Hctl *hctl, uint32_t scan) {
        HeldPath *item = find(held, hctl);

        if (item)
                item->path->scan = scan;
}

void held_drop_unseen(HeldList *held, uint32_t scan) {
        HeldPath *item = TAILQ_FIRST(&held->list);

        while (item) {
                HeldPath *next = TAILQ_NEXT(item, entry);

                if (item->path->scan != scan)
                        remove_item(held, item);
                item = next;
        }
}

const Path *held_next(const HeldList *held, const Port *initiator, const Path *after) {
        HeldPath *item = TAILQ_FIRST(&held->list);

        if (after)
                item = TAILQ_NEXT(find(held, &after->key.hctl), entry);
        for (; item; item = TAILQ_NEXT(item, entry))
                if (item->path->key.transport == initiator->transport &&
                    item->path->key.initiator == initiator->name)
                        return item->path;

        return NULL;
}
