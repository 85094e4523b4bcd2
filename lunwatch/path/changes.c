/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/changes.h"

#include "lunwatch/path/wwid.h"

struct Change {
        TAILQ_ENTRY(Change) entry;
        TableNode by_hctl;
        Hctl hctl;
        Path *before;
        const char *removal;
};

const char *change_kind_text(ChangeKind kind) {
        static const char *const words[] = {
                [CHANGE_ADDED] = "added",
                [CHANGE_REMOVED] = "removed",
                [CHANGE_CHANGED] = "changed",
        };

        return words[kind];
}

void changes_init(ChangeSet *changes) {
        *changes = (ChangeSet){ 0 };
        TAILQ_INIT(&changes->list);
}

static void change_drop(ChangeSet *changes, Change *change) {
        TAILQ_REMOVE(&changes->list, change, entry);
        table_remove(&changes->by_hctl, &change->by_hctl);
        (void) path_free(change->before);
        free(change);
}

void changes_done(ChangeSet *changes) {
        Change *change;

        while ((change = TAILQ_FIRST(&changes->list)))
                change_drop(changes, change);
        table_done(&changes->by_hctl);
}

bool changes_is_empty(const ChangeSet *changes) {
        return TAILQ_EMPTY(&changes->list);
}

static Change *find(const ChangeSet *changes, const Hctl *hctl) {
        TableNode *node = table_first(&changes->by_hctl, hctl_hash(hctl));

        for (; node; node = table_next(node)) {
                Change *change = table_owner(node, Change, by_hctl);

                if (hctl_equals(&change->hctl, hctl))
                        return change;
        }

        return NULL;
}

int changes_reserve(ChangeSet *changes, Change **ret) {
        Change *change;
        int r;

        r = table_prepare(&changes->by_hctl);
        if (r < 0)
                return r;
        change = calloc(1, sizeof *change);
        if (!change)
                return -ENOMEM;

        *ret = change;
        return 0;
}

void changes_note(ChangeSet *changes, Change *reserved, const Hctl *hctl, Path *before,
                  const char *removal) {
        Change *known = find(changes, hctl);

        if (known) {
                known->removal = removal;
                /* Subscribers never saw this one. */
                (void) path_free(before);
                free(reserved);
                return;
        }

        reserved->hctl = *hctl;
        reserved->before = before;
        reserved->removal = removal;
        TAILQ_INSERT_TAIL(&changes->list, reserved, entry);
        table_add(&changes->by_hctl, &reserved->by_hctl, hctl_hash(hctl));
}

static bool is_same_path(const Path *a, const Path *b) {
        return path_key_compare(&a->key, &b->key) == 0;
}

static const char *cause_of_change(const Path *before, const Path *now) {
        /* A WWID that becomes known is no other one. */
        if (path_wwid(before)[0] && !wwid_equals(path_wwid(before), path_wwid(now)))
                return "identity";
        if (before->size_bytes != now->size_bytes)
                return "size";
        if (before->quarantine != QUARANTINE_NONE && now->quarantine == QUARANTINE_NONE)
                return "released";
        if (before->quarantine != now->quarantine)
                return now->quarantine == QUARANTINE_WWID ? "identity" : "size";
        /* A port that goes takes the states of its devices along. */
        if (before->rport_state != now->rport_state)
                return "port-state";
        if (before->state != now->state)
                return "state";
        if (before->access != now->access || before->group != now->group)
                return "access";

        return "links";
}

static void tell(const Change *change, const Path *now, ChangeFunc func, void *userdata) {
        const Path *before = change->before;

        if (before && now && is_same_path(before, now)) {
                if (!path_equals(before, now))
                        func(CHANGE_CHANGED, cause_of_change(before, now), now, userdata);
                return;
        }

        if (before)
                func(CHANGE_REMOVED, change->removal ?: "deleted", before, userdata);
        if (now)
                func(CHANGE_ADDED, "new", now, userdata);
}

void changes_flush(ChangeSet *changes, const Index *index, ChangeFunc func, void *userdata) {
        Change *change;

        while ((change = TAILQ_FIRST(&changes->list))) {
                tell(change, index_find_hctl(index, &change->hctl), func, userdata);
                change_drop(changes, change);
        }
}
