/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/guard.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/message-ids.h"
#include "lunwatch/path/wwid.h"

#include <string.h>

static uint64_t now_usec(void) {
        return clock_now_usec(CLOCK_REALTIME);
}

int guard_open_dir(void) {
        const char *name = secure_getenv("RUNTIME_DIRECTORY");

        return name ? dir_open(name, false, 0) : -ENOENT;
}

int guard_open(Guard *guard, int dir_fd) {
        int r;

        *guard = (Guard){ 0 };
        records_init(&guard->records);
        r = store_open(&guard->store, dir_fd, &guard->records);
        if (r < 0)
                return r;

        return store_load(&guard->store, now_usec());
}

void guard_done(Guard *guard) {
        if (!guard->store.records)
                return;

        store_done(&guard->store);
        records_done(&guard->records);
}

/* The time begins with the first message. */
bool guard_may_log(Guard *guard, uint64_t now) {
        if (guard->n_logged == GUARD_LOGGED_MAX) {
                guard->n_unlogged++;
                return false;
        }

        if (guard->n_logged++ == 0)
                guard->logged_usec = now;
        return true;
}

unsigned guard_take_unlogged(Guard *guard, uint64_t now) {
        unsigned n = guard->n_unlogged;

        if (guard->n_logged == 0 || now - guard->logged_usec < GUARD_LOGGED_USEC)
                return 0;

        guard->n_logged = guard->n_unlogged = 0;
        return n;
}

static void log_quarantined(Guard *guard, const Record *record, const char *wwpn) {
        char then_text[IDENTITY_TEXT_MAX], now_text[IDENTITY_TEXT_MAX];
        Identity then = record_then(record), now = record_now(record);

        if (!guard_may_log(guard, clock_now_usec(CLOCK_MONOTONIC)))
                return;

        log_event_cause(LOG_WARNING, MESSAGE_LUN_QUARANTINED, wwpn,
                        suspicion_text(record->quarantine->suspicion),
                        "The %s %s was %s and is now %s: in quarantine until it is released.",
                        record_kind_text(record->kind), record_key(record),
                        identity_format(&then, then_text), identity_format(&now, now_text));
}

static Suspicion compare(const Identity *then, const Identity *seen) {
        if (*then->wwid && *seen->wwid && !wwid_equals(then->wwid, seen->wwid))
                return SUSPICION_WWID;
        if (then->size_bytes > 0 && seen->size_bytes > 0 && then->size_bytes != seen->size_bytes)
                return SUSPICION_SIZE;

        return SUSPICION_NONE;
}

static int meet(Guard *guard, RecordKind kind, const char *key, const Identity *seen) {
        Record *record;
        int r;

        if (!*seen->wwid && seen->size_bytes == 0)
                return 0;

        r = record_new(kind, key, seen, &record);
        if (r < 0)
                return r;
        r = records_add(&guard->records, record);
        if (r < 0) {
                record_free(record);
                return r;
        }

        records_touch(&guard->records, record, false);
        store_check(&guard->store);
        return 0;
}

/* A part that was not known until now. */
static int complete(Guard *guard, Record *record, const Identity *seen, Record **ret) {
        Identity then = record_then(record);
        Identity all = {
                .wwid = *then.wwid ? then.wwid : seen->wwid,
                .size_bytes = then.size_bytes > 0 ? then.size_bytes : seen->size_bytes,
        };

        *ret = record;
        if (record->quarantine ||
            (strcmp(all.wwid, then.wwid) == 0 && all.size_bytes == then.size_bytes))
                return 0;

        return records_learn(&guard->records, record, &all, false, ret);
}

/* What does not show keeps its last value. */
static Identity merge(const Identity *before, const Identity *seen) {
        return (Identity){
                .wwid = *seen->wwid ? seen->wwid : before->wwid,
                .size_bytes = seen->size_bytes > 0 ? seen->size_bytes : before->size_bytes,
        };
}

/* A suspicion stays, whatever is seen later; a WWID weighs more than a size. */
static Suspicion judge_again(Guard *guard, Record *record, Suspicion suspicion,
                             const Identity *seen) {
        Identity before = record_now(record), now = merge(&before, seen);
        Suspicion worst = record->quarantine->suspicion;

        if (suspicion == SUSPICION_WWID)
                worst = SUSPICION_WWID;
        if (worst != record->quarantine->suspicion || strcmp(before.wwid, now.wwid) != 0 ||
            before.size_bytes != now.size_bytes)
                /* Without memory it stays in quarantine with what was seen before. */
                (void) records_suspect(&guard->records, record, worst, &now, now_usec());

        store_check(&guard->store);
        return worst;
}

Suspicion guard_judge(Guard *guard, RecordKind kind, const char *key, const Identity *seen,
                      const char *wwpn) {
        Record *record = records_find(&guard->records, kind, key);
        Identity then, now;
        Suspicion suspicion;
        int r;

        if (!record) {
                r = meet(guard, kind, key, seen);
                if (r < 0)
                        log_warning_errno(r, "Cannot remember what %s is: %m", key);
                return SUSPICION_NONE;
        }
        if (record->is_gone) {
                records_set_gone(&guard->records, record, 0);
                records_touch(&guard->records, record, false);
                store_check(&guard->store);
        }
        (void) complete(guard, record, seen, &record);

        then = record_then(record);
        suspicion = compare(&then, seen);
        if (record->quarantine)
                return judge_again(guard, record, suspicion, seen);
        if (suspicion == SUSPICION_NONE)
                return SUSPICION_NONE;

        now = merge(&then, seen);
        r = records_suspect(&guard->records, record, suspicion, &now, now_usec());
        if (r < 0)
                log_warning_errno(r, "Cannot remember that %s is in quarantine: %m", key);
        else
                log_quarantined(guard, record, wwpn);
        store_check(&guard->store);
        return suspicion;
}

void guard_gone(Guard *guard, RecordKind kind, const char *key, bool is_deliberate) {
        Record *record = records_find(&guard->records, kind, key);

        if (!record)
                return;

        records_touch(&guard->records, record, false);
        if (is_deliberate)
                records_drop(&guard->records, record);
        else
                records_set_gone(&guard->records, record, now_usec());
        store_check(&guard->store);
}

int guard_release(Guard *guard, Record *record) {
        Identity then = record_then(record), now = record_now(record), trusted = merge(&then, &now);
        char now_text[IDENTITY_TEXT_MAX];
        int r;

        r = records_learn(&guard->records, record, &trusted, true, &record);
        if (r < 0)
                return r;

        trusted = record_then(record);
        if (guard_may_log(guard, clock_now_usec(CLOCK_MONOTONIC)))
                log_event(LOG_NOTICE, MESSAGE_LUN_RELEASED, NULL,
                          "The %s %s was released from quarantine: it is %s from now on.",
                          record_kind_text(record->kind), record_key(record),
                          identity_format(&trusted, now_text));
        return 0;
}

void guard_check(Guard *guard) {
        unsigned n = guard_take_unlogged(guard, clock_now_usec(CLOCK_MONOTONIC));

        if (n > 0)
                log_warning("%u more were put into quarantine or released.", n);
        store_check(&guard->store);
}
