/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/attention.h"

#include "common/log.h"

#include <inttypes.h>
#include <string.h>

#define TARGET_FORMAT "%" PRIu32 ":%" PRIu32 ":%" PRIu32
#define TARGET_ARGS(t) (t).host, (t).channel, (t).target

static bool is_of(const ScanTarget *target, const Hctl *hctl) {
        return target->host == hctl->host && target->channel == hctl->channel &&
               target->target == hctl->target;
}

/* As many as one reading may have; the last are left to the scan. */
static size_t find_paths(const Attention *attention, const ScanTarget *target, const Path **paths,
                         size_t max) {
        const Index *index = &attention->inventory->index;
        size_t n = 0;

        for (size_t i = 0; i < index->n_paths && n < max; i++)
                if (is_of(target, &index->paths[i]->key.hctl))
                        paths[n++] = index->paths[i];

        return n;
}

static uint64_t now_usec(const Attention *attention) {
        uint64_t now = 0;

        (void) sd_event_now(attention->event, CLOCK_MONOTONIC, &now);
        return now;
}

static void wait_for_more(Attention *attention, uint64_t usec) {
        int r;

        r = sd_event_source_set_time_relative(attention->timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(attention->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Cannot read the LUNs of a target again: %m");
}

#define PATHS_MAX 16384 /* LUNs that one target may have in the kernel's scan */

static void take_in(Attention *attention) {
        const Path **paths;

        paths = calloc(PATHS_MAX, sizeof *paths);
        if (!paths)
                return;
        scan_run_take_in(attention->inventory, paths,
                         find_paths(attention, &attention->current, paths, PATHS_MAX),
                         now_usec(attention));
        free(paths);
        tell_soon(attention->tell);
}

static void on_step(void *userdata, const char *words) {
}

static void on_end(void *userdata) {
        Attention *attention = userdata;

        if (attention->run.cause)
                log_warning("Target " TARGET_FORMAT " could not be read again (%s): %s",
                            TARGET_ARGS(attention->current), attention->run.cause,
                            attention->run.words);
        take_in(attention);
        scan_run_done(&attention->run);
        attention->is_running = false;
        if (attention->n_waiting > 0)
                wait_for_more(attention, 0);
}

static int make_plan(const Attention *attention, ScanPlan *plan) {
        const ScanTargets targets = { .targets = { attention->current }, .n_targets = 1 };
        const Path **paths;
        int r;

        paths = calloc(PATHS_MAX, sizeof *paths);
        if (!paths)
                return -ENOMEM;
        r = scan_plan_add_reread(plan, paths,
                                 find_paths(attention, &attention->current, paths, PATHS_MAX));
        free(paths);

        return r < 0 ? r : scan_plan_add_targets(plan, &targets);
}

static int begin_next(Attention *attention) {
        int r;

        attention->current = attention->waiting[0];
        attention->n_waiting--;
        memmove(attention->waiting, attention->waiting + 1,
                attention->n_waiting * sizeof *attention->waiting);

        attention->run = (ScanRun){
                .event = attention->event,
                .socket = attention->socket,
                .until_usec = now_usec(attention) + ATTENTION_USEC,
                .on_step = on_step,
                .on_end = on_end,
                .userdata = attention,
        };
        r = make_plan(attention, &attention->run.plan);
        if (r >= 0)
                r = scan_run_start(&attention->run);
        if (r < 0)
                scan_run_done(&attention->run);

        return r;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Attention *attention = userdata;
        int r;

        if (attention->is_running || attention->n_waiting == 0)
                return 0;
        r = begin_next(attention);
        attention->is_running = r >= 0;
        if (r >= 0) {
                log_info("Target " TARGET_FORMAT " has other LUNs than before, reading them again.",
                         TARGET_ARGS(attention->current));
                return 0;
        }

        log_warning("Target " TARGET_FORMAT " has other LUNs than before, and cannot be read "
                    "again: %s",
                    TARGET_ARGS(attention->current), act_start_words(r));
        if (attention->n_waiting > 0)
                wait_for_more(attention, 0);
        return 0;
}

void attention_note(Attention *attention, const Hctl *hctl) {
        for (size_t i = 0; i < attention->n_waiting; i++)
                if (is_of(attention->waiting + i, hctl))
                        return;

        if (attention->n_waiting == SCAN_TARGETS_MAX) {
                log_warning("Too many targets have other LUNs than before: not reading those of "
                            "%" PRIu32 ":%" PRIu32 ":%" PRIu32 " again. “npivot lun rescan” does.",
                            hctl->host, hctl->channel, hctl->target);
                return;
        }
        attention->waiting[attention->n_waiting++] =
                (ScanTarget){ hctl->host, hctl->channel, hctl->target };
        if (!attention->is_running && attention->n_waiting == 1)
                wait_for_more(attention, ATTENTION_DELAY_USEC);
}

int attention_start(Attention *attention) {
        int r;

        r = sd_event_add_time(attention->event, &attention->timer, CLOCK_MONOTONIC, UINT64_MAX, 0,
                              on_timer, attention);
        return r < 0 ? r : sd_event_source_set_enabled(attention->timer, SD_EVENT_OFF);
}

void attention_done(Attention *attention) {
        scan_run_done(&attention->run);
        attention->timer = sd_event_source_disable_unref(attention->timer);
}
