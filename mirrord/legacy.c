/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/legacy.h"

#include "common/log.h"
#include "mirrord/legacy-part.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Of a QEMU that does not answer; of one whose socket nobody listens on, which has ended. */
#define LOST_USEC (60 * 1000 * 1000ULL)
#define GONE_USEC (5 * 1000 * 1000ULL)

/* A QEMU that was told to give up and writes to a peer that hangs has its relay taken away. */
#define CANCEL_USEC (5 * 1000 * 1000ULL)

#define RATE_USEC (1000 * 1000ULL)

MirrorDisk *legacy_machine(const Legacy *legacy) {
        return legacy->mirror->disks;
}

uint64_t legacy_now(const Legacy *legacy) {
        uint64_t now = 0;

        (void) sd_event_now(legacy->event, CLOCK_MONOTONIC, &now);
        return now;
}

void legacy_look_soon(Legacy *legacy, uint64_t usec) {
        look_soon(legacy->timer, usec);
}

static void tell_change(Legacy *legacy) {
        legacy->handler.on_change(legacy->handler.userdata, legacy->mirror);
}

void legacy_set_state(Legacy *legacy, MirrorState state, DiskState disk) {
        MirrorDisk *machine = legacy_machine(legacy);

        if (legacy->mirror->state == state && machine->state == disk)
                return;
        legacy->mirror->state = state;
        machine->state = disk;
        tell_change(legacy);
}

int legacy_save(Legacy *legacy) {
        int r;

        r = legacy->handler.on_save(legacy->handler.userdata, legacy->mirror);
        if (r < 0) {
                log_error_errno(r, "Job %s cannot be written down, and stands still: %m",
                                legacy->mirror->id);
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
        }
        return r;
}

void legacy_ask(Legacy *legacy, const char *command, QmpArguments *arguments, QmpFunc func) {
        int r;

        r = qmp_execute(legacy->qmp, &(QmpCall){ .command = command,
                                                 .arguments = arguments,
                                                 .func = func,
                                                 .userdata = legacy });
        legacy->is_busy = r >= 0;
        if (r < 0)
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
}

bool legacy_has_answer(Legacy *legacy, int r) {
        bool is_late = legacy->mirror->phase != PHASE_MIRRORING;

        legacy->is_busy = false;
        if (r < 0 || is_late)
                legacy_look_soon(legacy, is_late ? 0 : ENGINE_LOOK_USEC);

        return r >= 0 && !is_late;
}

/* ---- how it ends */

static int set_phase(Legacy *legacy, MirrorPhase phase, MirrorState state) {
        Mirror *mirror = legacy->mirror;
        MirrorPhase phase_before = mirror->phase;
        MirrorState state_before = mirror->state;
        int r;

        mirror->phase = phase;
        mirror->state = state;
        r = legacy_save(legacy);
        if (r < 0) {
                mirror->phase = phase_before;
                mirror->state = state_before;
                return r;
        }

        tell_change(legacy);
        legacy_look_soon(legacy, 0);
        return 0;
}

void legacy_fail(Legacy *legacy, const char *format, ...) {
        Mirror *mirror = legacy->mirror;
        char words[512];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        if (mirror->phase != PHASE_MIRRORING)
                return;
        mirror_set_message(&mirror->message, "%s", words);
        mirror_set_message(&legacy_machine(legacy)->message, "%s", words);
        log_warning("Job %s: %s", mirror->id, words);
        legacy_machine(legacy)->state = DISK_FAILED;
        (void) set_phase(legacy, PHASE_ABORTING, MIRROR_CANCELLING);
}

static void end(Legacy *legacy, MirrorState state) {
        Mirror *mirror = legacy->mirror;

        legacy_take_relay_down(legacy);
        mirror_stand_still(mirror);
        if (state == MIRROR_DONE)
                legacy_machine(legacy)->state = DISK_DONE;
        if (set_phase(legacy, PHASE_ENDED, state) < 0)
                return;

        log_info("Job %s: %s.", mirror->id, mirror_state_text(state));
        legacy_stop(mirror);
}

static void end_aborted(Legacy *legacy) {
        end(legacy, legacy->mirror->message ? MIRROR_FAILED : MIRROR_CANCELLED);
}

/* QEMU has moved: whatever was to become of it, the guest is on the other host now. */
static void end_moved(Legacy *legacy) {
        MirrorDisk *machine = legacy_machine(legacy);

        free(TAKE_PTR(legacy->mirror->message));
        free(TAKE_PTR(machine->message));
        machine->n_done = legacy->mirror->n_done = machine->n_total;
        end(legacy, MIRROR_DONE);
}

static void on_continued(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        legacy->is_busy = false;
        if (error)
                log_warning("Job %s: the guest cannot go on here: %s", legacy->mirror->id,
                            error->words);
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
}

/* QEMU lets the guest go on by itself, mostly. One that somebody else has stopped stays so. */
static void on_left(void *userdata, int r, const JsonValue *guest, const QmpError *error) {
        const char *status = json_read_string(guest, "status");
        Legacy *legacy = userdata;

        legacy->is_busy = false;
        if (r < 0)
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
        else if (legacy->mirror->was_running &&
                 (strcmp(status, "postmigrate") == 0 || strcmp(status, "finish-migrate") == 0))
                legacy_ask(legacy, "cont", NULL, on_continued);
        else
                end_aborted(legacy);
}

/* It has moved only if the guest is gone from here as well, which is said a moment later. */
static void on_moved(void *userdata, int r, const JsonValue *guest, const QmpError *error) {
        const char *status = json_read_string(guest, "status");
        Legacy *legacy = userdata;

        legacy->is_busy = false;
        if (r < 0 || strcmp(status, "finish-migrate") == 0)
                legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
        else if (strcmp(status, "postmigrate") == 0)
                end_moved(legacy);
        else if (legacy->mirror->phase == PHASE_MIRRORING)
                legacy_fail(legacy, "QEMU was moved, but somebody let its guest go on here: end "
                                    "the other QEMU.");
        else
                end_aborted(legacy);
}

static void on_cancelled(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        legacy->is_busy = false;
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
}

/* As long as it goes on, QEMU is told again. */
static void cancel(Legacy *legacy) {
        uint64_t now = legacy_now(legacy);

        if (legacy->cancel_usec == 0)
                legacy->cancel_usec = now;
        if (now - legacy->cancel_usec > CANCEL_USEC)
                legacy_take_relay_down(legacy);
        legacy_ask(legacy, "migrate_cancel", NULL, on_cancelled);
}

static void take_apart(Legacy *legacy, const char *status) {
        if (!legacy->mirror->is_begun)
                end_aborted(legacy);
        else if (legacy_is_active(status))
                cancel(legacy);
        else if (strcmp(status, "completed") == 0)
                legacy_ask(legacy, "query-status", NULL, on_moved);
        else
                legacy_ask(legacy, "query-status", NULL, on_left);
}

/* ---- looking */

static void count(Legacy *legacy, const JsonValue *migration) {
        const LegacyProgress progress = legacy_read_progress(migration);
        MirrorDisk *machine = legacy_machine(legacy);
        Mirror *mirror = legacy->mirror;
        uint64_t now = legacy_now(legacy);

        machine->n_done = mirror->n_done = progress.n_done;
        machine->n_total = mirror->n_total = progress.n_total;
        if (legacy->moved_usec == 0 || progress.n_sent != legacy->n_sent)
                legacy->moved_usec = now;
        legacy->n_sent = progress.n_sent;
        if (legacy->rated_usec == 0 || progress.n_sent < legacy->n_rated) {
                legacy->n_rated = progress.n_sent;
                legacy->rated_usec = now;
        } else if (now - legacy->rated_usec >= RATE_USEC) {
                mirror->rate =
                        (progress.n_sent - legacy->n_rated) * 1000000 / (now - legacy->rated_usec);
                legacy->n_rated = progress.n_sent;
                legacy->rated_usec = now;
        }
}

/* The relay cannot know: of a stream of migration nothing is answered before the end. */
static bool has_stalled(const Legacy *legacy) {
        uint64_t limit_usec = mirror_stall_msec(legacy->mirror) * 1000ULL;

        return legacy_now(legacy) - legacy->moved_usec > limit_usec;
}

static void follow_active(Legacy *legacy, const JsonValue *migration) {
        legacy->is_sent = true;
        legacy_set_state(legacy, MIRROR_COPYING, DISK_COPYING);
        count(legacy, migration);
        if (has_stalled(legacy))
                legacy_fail(legacy,
                            "the other host has taken nothing for %" PRIu32
                            " ms: look there what QEMU waits for.",
                            mirror_stall_msec(legacy->mirror));
        else
                legacy_tell_limit(legacy);
}

static void follow(Legacy *legacy, const JsonValue *migration) {
        const char *status = json_read_string(migration, "status");

        if (legacy_is_active(status))
                follow_active(legacy, migration);
        else if (!legacy->is_sent)
                legacy_find_out(legacy);
        else if (strcmp(status, "completed") == 0)
                legacy_ask(legacy, "query-status", NULL, on_moved);
        else if (strcmp(status, "failed") == 0)
                legacy_fail(legacy, "the move has failed: %s",
                            *json_read_string(migration, "error-desc")
                                    ? json_read_string(migration, "error-desc")
                                    : "QEMU does not say why, its log may.");
        else if (strcmp(status, "cancelled") == 0)
                legacy_fail(legacy, "somebody else has cancelled QEMU's migration.");
        else
                legacy_fail(legacy, "QEMU knows nothing of the move: it may be another one.");
}

static void on_migration(void *userdata, int r, const JsonValue *migration, const QmpError *error) {
        const char *status = json_read_string(migration, "status");
        Legacy *legacy = userdata;

        legacy->is_busy = false;
        legacy_look_soon(legacy, ENGINE_LOOK_USEC);
        if (r < 0)
                return;
        if (legacy->mirror->phase != PHASE_MIRRORING)
                take_apart(legacy, status);
        else if (!legacy->mirror->is_begun)
                legacy_prepare(legacy, status);
        else
                follow(legacy, migration);
}

/* The relay is all that may be left of it here. */
static void give_up(Legacy *legacy) {
        Mirror *mirror = legacy->mirror;
        const char *hint = mirror->is_begun
                                   ? " Whether it had moved before that the other QEMU says "
                                     "(query-migrate)."
                                   : "";

        mirror_set_message(&mirror->message,
                           legacy->is_gone ? "QEMU has ended: nobody listens at its monitor, %s.%s"
                                           : "QEMU's monitor at %s does not answer: another client "
                                             "may have it.%s",
                           mirror->monitor, hint);
        legacy_machine(legacy)->state = DISK_FAILED;
        end(legacy, MIRROR_FAILED);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Legacy *legacy = userdata;
        uint64_t now = legacy_now(legacy);

        if (legacy->lost_usec > 0 &&
            now - legacy->lost_usec > (legacy->is_gone ? GONE_USEC : LOST_USEC))
                give_up(legacy);
        else if (legacy->lost_usec > 0)
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
        else if (!legacy->is_busy && qmp_is_ready(legacy->qmp))
                legacy_ask(legacy, "query-migrate", NULL, on_migration);
        return 0;
}

/* It may be another QEMU than before. */
static void on_ready(void *userdata, const QmpVersion *version) {
        Legacy *legacy = userdata;

        legacy->lost_usec = 0;
        legacy->version = *version;
        legacy->is_probed = false;
        legacy_look_soon(legacy, 0);
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
        if (strcmp(name, "MIGRATION") == 0)
                legacy_look_soon(userdata, 0);
}

/* What QEMU was asked has been answered by now, with nothing. */
static void on_lost(void *userdata, int error, const char *words) {
        Legacy *legacy = userdata;

        legacy->is_gone = error == -ECONNREFUSED || error == -ENOENT;
        legacy->is_busy = legacy->question || legacy->slot;
        if (legacy->lost_usec == 0)
                legacy->lost_usec = legacy_now(legacy);
        legacy_look_soon(legacy, ENGINE_LOOK_USEC);
}

/* ---- from outside */

void legacy_wake(Mirror *mirror) {
        if (mirror->engine)
                legacy_look_soon(mirror->engine, 0);
}

void legacy_stop(Mirror *mirror) {
        Legacy *legacy = TAKE_PTR(mirror->engine);

        if (!legacy)
                return;
        legacy_relay_stop(legacy);
        (void) sd_event_source_disable_unref(legacy->timer);
        /* Maybe from inside one of its callbacks. */
        qmp_free_later(legacy->qmp);
        free(legacy);
}

int legacy_start(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler) {
        Legacy *legacy = calloc(1, sizeof *legacy);
        const QmpHandler qmp_handler = { on_ready, on_event, on_lost, legacy };
        int r;

        if (!legacy)
                return -ENOMEM;
        *legacy = (Legacy){ .mirror = mirror, .event = event, .bus = bus, .handler = *handler };
        mirror->engine = legacy;
        r = sd_event_add_time(event, &legacy->timer, CLOCK_MONOTONIC, UINT64_MAX,
                              LOOK_ACCURACY_USEC, on_timer, legacy);
        if (r >= 0)
                r = sd_event_source_set_enabled(legacy->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = qmp_new(event, mirror->monitor, 0, &qmp_handler, &legacy->qmp);
        if (r < 0)
                legacy_stop(mirror);

        return r;
}
