/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror watch, wait: until a mirror is ready, or has ended.
 */

#include "cli/mirror-watch.h"

#include "cli/argument.h"
#include "cli/mirror-bars.h"
#include "cli/mirror-format.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "common/escape.h"

#include <string.h>

#define SEC UINT64_C(1000000)
#define LINE_USEC (5 * SEC)

typedef struct Watch {
        bool prints_json;
        Bars bars;
        char *last; /* what makes a line, when it changes */
        uint64_t printed_usec;
} Watch;

static void watch_done(Watch *watch) {
        free(watch->last);
}

/* States, not numbers: what is worth a line of its own. */
static char *describe(const Mirror *mirror) {
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        if (!file)
                return NULL;
        fprintf(file, "%s %d %s %s %u %s", mirror->state, mirror->paused, mirror->convergence,
                mirror->verification, mirror->n_retried, mirror->copy_mode);
        for (size_t i = 0; i < mirror->n_disks; i++)
                fprintf(file, " %s", mirror->disks[i].state);

        return fclose(file) == 0 ? text : NULL;
}

static bool is_due(Watch *watch, const Mirror *mirror) {
        char *now = describe(mirror);
        bool is_new = !now || !watch->last || strcmp(now, watch->last) != 0;

        free(watch->last);
        watch->last = now;
        if (!is_new && now_usec() < watch->printed_usec + LINE_USEC)
                return false;

        watch->printed_usec = now_usec();
        return true;
}

static void print_text(const Mirror *mirror) {
        _cleanup_free_ char *text = bars_summary(mirror), *line = NULL;

        if (!text || asprintf(&line, "%s: %s", mirror->id, text) < 0) {
                line = NULL;
                return;
        }
        (void) puts(escape_in_place(line));
        (void) fflush(stdout);
}

static void show(void *userdata, const Mirror *mirror) {
        Watch *watch = userdata;

        if (!watch->prints_json && bars_can_be_drawn()) {
                bars_draw(&watch->bars, mirror);
                return;
        }
        if (!is_due(watch, mirror))
                return;
        if (watch->prints_json) {
                _cleanup_(json_freep) Json *json = mirror_to_json(mirror);

                (void) json_print_line(json);
        } else
                print_text(mirror);
}

int mirror_watch(Client *client, const char *id, bool (*is_over)(const Mirror *mirror),
                 Mirror *ret) {
        _cleanup_(watch_done) Watch watch = {
                .prints_json = options_have(client->options, OPTION_JSON),
        };
        Follow follow = {
                .is_over = is_over,
                .show = show,
                .userdata = &watch,
                .deadline_usec = UINT64_MAX,
        };

        return mirror_follow(client, id, &follow, ret);
}

int verb_mirror_watch(Client *client) {
        bool until_ready = options_have(client->options, OPTION_READY);
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        r = mirrord_check_id(&mirrord_job, client->args[0]);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = mirror_watch(client, client->args[0],
                                 until_ready ? mirror_is_ready_or_ended : mirror_has_ended,
                                 &mirror);
        if (r != 0)
                return r;
        if (options_have(client->options, OPTION_JSON))
                return mirror_is(&mirror, "failed") || mirror_is(&mirror, "cancelled");

        return mirror_report(client, &mirror);
}

/* "vda 45 %, vdb 30 %, 812 MiB/s, 12 s left", on stderr. */
static void show_progress(void *userdata, const Mirror *mirror) {
        _cleanup_free_ char *text = NULL;

        if (!mirror_is_ready_or_ended(mirror) && (text = bars_disks(mirror)))
                progress_show(userdata, text);
}

static void clear_progress(void *userdata) {
        progress_clear(userdata);
}

int verb_mirror_wait(Client *client) {
        Progress progress = { .subject = client->args[0] };
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        uint64_t timeout_usec;
        Follow follow = {
                .is_over = mirror_is_ready_or_ended,
                .show = show_progress,
                .clear = clear_progress,
                .userdata = &progress,
        };
        int r;

        r = mirrord_check_id(&mirrord_job, client->args[0]);
        if (r == 0)
                r = argument_timeout_option(client, UINT64_MAX, ARGUMENT_DISKS_USEC_MAX,
                                            &timeout_usec);
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        follow.deadline_usec = timeout_usec == UINT64_MAX ? UINT64_MAX : now_usec() + timeout_usec;
        r = mirror_follow(client, client->args[0], &follow, &mirror);
        progress_done(&progress);
        return r != 0 ? r : mirror_report(client, &mirror);
}
