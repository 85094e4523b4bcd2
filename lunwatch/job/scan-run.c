/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/scan-run.h"

#include "common/log.h"

#include <string.h>

static int send_next(ScanRun *run);

void scan_run_done(ScanRun *run) {
        run->act = act_free(run->act);
        scan_plan_done(&run->plan);
        free(TAKE_PTR(run->words));
        run->cause = NULL;
}

static void note_failure(ScanRun *run, const char *cause, const char *words) {
        if (run->cause)
                return;
        run->cause = strcmp(cause, "timeout") == 0 ? "timeout" : "helper-failed";
        run->words = strdup(words);
}

static void on_line(void *userdata, ActLine line, const char *const *fields) {
        ScanRun *run = userdata;

        if (line == ACT_STEP)
                run->on_step(run->userdata, fields[0]);
}

static void on_act_end(void *userdata, const char *cause, const char *words) {
        ScanRun *run = userdata;
        int r;

        if (cause)
                note_failure(run, cause, words);
        run->act = act_free(run->act);
        r = send_next(run);
        if (r < 0)
                note_failure(run, "helper-failed", act_start_words(r));
        if (r <= 0)
                run->on_end(run->userdata);
}

static uint64_t time_for_one(const ScanRun *run) {
        uint64_t now = 0, left;

        (void) sd_event_now(run->event, CLOCK_MONOTONIC, &now);
        left = run->until_usec > now ? run->until_usec - now : 1000;
        return left < SCAN_REQUEST_USEC ? left : SCAN_REQUEST_USEC;
}

/* > 0: it is under way. 0: there is none. */
static int send_next(ScanRun *run) {
        const ActHandler handler = { on_line, on_act_end, run };
        const char *const *fields;
        size_t n;
        int r;

        fields = scan_plan_next(&run->plan, &n);
        if (!fields)
                return 0;
        r = act_start(run->event, run->socket, fields[0], time_for_one(run), fields + 1, n - 1,
                      &handler, &run->act);

        return r < 0 ? r : 1;
}

int scan_run_start(ScanRun *run) {
        int r;

        r = send_next(run);
        return r == 0 ? -ENODATA : r < 0 ? r : 0;
}

void scan_run_take_in(Inventory *inventory, const Path *const *paths, size_t n_paths,
                      uint64_t now_usec) {
        DevPath *places;

        places = calloc(n_paths + 1, sizeof *places);
        if (!places)
                return;
        for (size_t i = 0; i < n_paths; i++)
                places[i] = path_devpath(paths[i]);

        for (size_t i = 0; i < n_paths; i++) {
                int r;

                r = inventory_update(inventory, places + i, now_usec);
                if (r < 0)
                        log_message_errno(LOG_DEBUG, r, "Cannot read a path again: %m");
        }
        free(places);
}
