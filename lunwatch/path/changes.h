/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What subscribers have not been told yet. Holds every touched path as it was when they were last
 * told; what is said in the end is the difference to the index, so that a path that came and went
 * meanwhile, or is back as it was, is not mentioned at all.
 */

#include "lunwatch/path/index.h"

#include <sys/queue.h>

typedef enum ChangeKind {
        CHANGE_ADDED,
        CHANGE_REMOVED,
        CHANGE_CHANGED,
} ChangeKind;

const char *change_kind_text(ChangeKind kind);

typedef struct Change Change;

typedef struct ChangeSet {
        TAILQ_HEAD(, Change) list;
        Table by_hctl;
} ChangeSet;

void changes_init(ChangeSet *changes);
void changes_done(ChangeSet *changes);
bool changes_is_empty(const ChangeSet *changes);

/* Makes sure that the next changes_note() cannot fail. */
int changes_reserve(ChangeSet *changes, Change **ret);

/*
 * The path at this H:C:T:L is no longer what it was: `before`, which is taken over, or NULL when
 * there was none. `reserved` comes from changes_reserve() and is used up or freed. `removal` says
 * in a word why a path was removed (a literal), and is NULL when it was not.
 */
void changes_note(ChangeSet *changes, Change *reserved, const Hctl *hctl, Path *before,
                  const char *removal);

/*
 * Tells func every difference to the index, in the order of the first touch, and forgets them. The
 * cause is a word: of what was added "new"; of what was removed the one it was noted with,
 * "deleted" if another device took its place; of what has changed the first that applies of
 * "identity", "size", "released", "port-state", "state", "access" and "links".
 */
typedef void (*ChangeFunc)(ChangeKind kind, const char *cause, const Path *path, void *userdata);
void changes_flush(ChangeSet *changes, const Index *index, ChangeFunc func, void *userdata);
