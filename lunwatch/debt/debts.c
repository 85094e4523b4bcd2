/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/debts.h"

#include "common/clock.h"
#include "common/log.h"
#include "lunwatch/tell.h"

#include <string.h>

static DebtView view_of(const Debts *debts) {
        return (DebtView){
                .index = &debts->inventory->index,
                .vhbas = &debts->vhbad.vhbas,
                .hbas = &debts->hbas,
                .checker = debts->checker,
                .userdata = debts->checker_userdata,
        };
}

static void begin_round(Debts *debts) {
        debt_list_done(&debts->next);
        debts->vhba_at = 0;
        debts->has_path_at = false;
        debts->is_running = true;
        debts->is_stale = false;
        if (hbas_read(debts->inventory->reader.root_fd, &debts->hbas) < 0)
                debts->hbas.n_items = 0;
}

/* Returns how much work it was; 0: there are no more. */
static int look_at_vhba(Debts *debts) {
        const VhbaList *vhbas = &debts->vhbad.vhbas;
        const DebtView view = view_of(debts);
        int r;

        if (debts->vhba_at >= vhbas->n_items)
                return 0;
        r = debt_rule_vhba(&view, &vhbas->items[debts->vhba_at++], &debts->next);

        return r == 0 ? 1 : r;
}

/* Behind the last path, wherever it has moved to since the last turn. */
static size_t find_position(const Debts *debts) {
        const Index *index = &debts->inventory->index;
        size_t position;

        if (!debts->has_path_at)
                return 0;
        position = index_lower_bound(index, &debts->path_at);

        return position < index->n_paths &&
                               path_key_compare(&index->paths[position]->key, &debts->path_at) == 0
                       ? position + 1
                       : position;
}

static int look_at_path(Debts *debts, size_t *position) {
        const Index *index = &debts->inventory->index;
        const DebtView view = view_of(debts);
        const Path *path;
        int r;

        if (*position >= index->n_paths)
                return 0;
        path = index->paths[(*position)++];
        debts->path_at = path->key;
        debts->has_path_at = true;
        r = debt_rule_lun(&view, path, &debts->next);

        return r == 0 ? 1 : r;
}

/* 1: there is more to do; 0: all was looked at. */
static int look_at_some(Debts *debts) {
        unsigned n = 0;
        size_t position;
        int r;

        while (n < DEBTS_SLICE) {
                r = look_at_vhba(debts);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                n += (unsigned) r;
        }

        position = find_position(debts);
        while (n < DEBTS_SLICE) {
                r = look_at_path(debts, &position);
                if (r <= 0)
                        return r;
                n += (unsigned) r;
        }

        return 1;
}

/* Since when: as long as it has been one, without a gap, also before a restart. */
static int date(Debts *debts, Debt *debt, uint64_t now) {
        Records *records = &debts->guard->records;
        Record *record = records_find(records, RECORD_DEBT, debt->key);
        int r;

        if (!record) {
                r = record_new(RECORD_DEBT, debt->key, &(Identity){ .wwid = "" }, &record);
                if (r < 0)
                        return r;
                record->since_usec = now;
                r = records_add(records, record);
                if (r < 0) {
                        record_free(record);
                        return r;
                }
                records_touch(records, record, false);
        }

        debt->since_usec = record->since_usec;
        return 0;
}

static void forget(Debts *debts, const char *key) {
        Records *records = &debts->guard->records;
        Record *record = records_find(records, RECORD_DEBT, key);

        if (record)
                records_drop(records, record);
}

/* What an earlier life was owed and this one is not. */
static void sweep_shard(Debts *debts, const Shard *shard) {
        Record *record = shard_next(shard, NULL);

        while (record) {
                Record *next = shard_next(shard, record);

                if (record->kind == RECORD_DEBT &&
                    !debt_list_find(&debts->next, record_key(record)))
                        records_drop(&debts->guard->records, record);
                record = next;
        }
}

static void remember(Debts *debts) {
        uint64_t now = clock_now_usec(CLOCK_REALTIME);
        int r;

        for (size_t i = 0; i < debts->next.n_items; i++) {
                Debt *debt = debts->next.items[i];

                r = date(debts, debt, now);
                if (r < 0) {
                        log_warning_errno(r, "Cannot remember since when %s is owed: %m",
                                          debt->key);
                        debt->since_usec = now;
                }
        }
        for (size_t i = 0; i < debts->list.n_items; i++)
                if (!debt_list_find(&debts->next, debts->list.items[i]->key))
                        forget(debts, debts->list.items[i]->key);

        /* Not before vhbad has spoken: until then nothing is expected, and nothing is paid. */
        if (!debts->has_swept && debts->vhbad.is_synced) {
                for (unsigned i = 0; i < SHARDS; i++)
                        sweep_shard(debts, &debts->guard->records.shards[i]);
                debts->has_swept = true;
        }
        guard_check(debts->guard);
}

static void publish(Debts *debts) {
        bool is_same;

        debt_list_sort(&debts->next);
        is_same = debt_list_equals(&debts->list, &debts->next);
        remember(debts);
        debt_list_done(&debts->list);
        debts->list = debts->next;
        debts->next = (DebtList){ 0 };
        if (!is_same)
                debts->changed(debts->userdata);
}

static void end_round(Debts *debts, int r) {
        if (r >= 0 && debts->is_stale && debts->n_restarts < DEBTS_RESTARTS_MAX) {
                debts->n_restarts++;
                begin_round(debts);
                return;
        }

        (void) sd_event_source_set_enabled(debts->turn, SD_EVENT_OFF);
        debts->is_running = false;
        debts->n_restarts = 0;
        if (r < 0)
                log_warning_errno(r, "Cannot find out which paths are owed: %m");
        else
                publish(debts);
        if (r < 0 || debts->is_stale)
                debts_check(debts);
}

static int on_turn(sd_event_source *source, void *userdata) {
        Debts *debts = userdata;
        int r;

        r = look_at_some(debts);
        if (r <= 0)
                end_round(debts, r);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Debts *debts = userdata;

        begin_round(debts);
        return sd_event_source_set_enabled(debts->turn, SD_EVENT_ON);
}

void debts_check(Debts *debts) {
        int enabled = SD_EVENT_OFF, r;

        if (debts->is_running) {
                debts->is_stale = true;
                return;
        }

        r = sd_event_source_get_enabled(debts->timer, &enabled);
        if (r >= 0 && enabled != SD_EVENT_OFF)
                return;
        if (r >= 0)
                r = sd_event_source_set_time_relative(debts->timer, DEBTS_DELAY_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(debts->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Cannot find out which paths are owed: %m");
}

static int on_hbas_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Debts *debts = userdata;
        HbaList hbas;
        int r;

        if (hbas_read(debts->inventory->reader.root_fd, &hbas) >= 0 &&
            !hbas_equal(&hbas, &debts->hbas))
                debts_check(debts);

        r = sd_event_source_set_time_relative(source, DEBTS_HBAS_USEC);
        if (r < 0)
                log_warning_errno(r, "Cannot go on watching HBAs: %m");
        return 0;
}

static void on_vhbad(void *userdata) {
        debts_check(userdata);
}

static int add_sources(Debts *debts, sd_event *event) {
        int r;

        r = sd_event_add_defer(event, &debts->turn, on_turn, debts);
        if (r >= 0)
                r = sd_event_source_set_priority(debts->turn, TELL_PRIORITY_BEHIND);
        if (r >= 0)
                r = sd_event_source_set_enabled(debts->turn, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &debts->timer, CLOCK_MONOTONIC,
                                               DEBTS_DELAY_USEC, DEBTS_DELAY_USEC / 10, on_timer,
                                               debts);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &debts->hbas_timer, CLOCK_MONOTONIC,
                                               DEBTS_HBAS_USEC, DEBTS_HBAS_USEC / 10, on_hbas_timer,
                                               debts);
        if (r >= 0)
                r = sd_event_source_set_enabled(debts->hbas_timer, SD_EVENT_ON);

        return r;
}

int debts_start(Debts *debts, sd_bus *bus, const Inventory *inventory, Guard *guard,
                void (*changed)(void *userdata), void *userdata) {
        int r;

        debts->inventory = inventory;
        debts->guard = guard;
        debts->changed = changed;
        debts->userdata = userdata;
        r = add_sources(debts, sd_bus_get_event(bus));
        if (r < 0)
                return r;

        return vhbad_client_start(&debts->vhbad, bus, on_vhbad, debts);
}

void debts_done(Debts *debts) {
        vhbad_client_done(&debts->vhbad);
        debts->timer = sd_event_source_disable_unref(debts->timer);
        debts->turn = sd_event_source_disable_unref(debts->turn);
        debts->hbas_timer = sd_event_source_disable_unref(debts->hbas_timer);
        debt_list_done(&debts->next);
        debt_list_done(&debts->list);
}
