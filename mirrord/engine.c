/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/engine.h"

#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"

#include <inttypes.h>
#include <string.h>

/* Of a QEMU that does not answer; of one whose socket nobody listens on, which has ended. */
#define LOST_USEC (60 * 1000 * 1000ULL)
#define GONE_USEC (5 * 1000 * 1000ULL)

static void look(Engine *engine);

Engine *engine_of_disk(const MirrorDisk *disk) {
        return disk->mirror->engine;
}

EnginePart *engine_part(const MirrorDisk *disk) {
        return engine_of_disk(disk)->parts + (disk - disk->mirror->disks);
}

uint64_t engine_now(const Engine *engine) {
        uint64_t now = 0;

        (void) sd_event_now(engine->event, CLOCK_MONOTONIC, &now);
        return now;
}

void engine_look_soon(Engine *engine, uint64_t usec) {
        look_soon(engine->timer, usec);
}

void engine_look_later(Engine *engine) {
        engine->look_usec = look_next_usec(engine->look_usec);
        engine_look_soon(engine, engine->look_usec);
}

void engine_changed(Engine *engine) {
        engine->look_usec = 0;
        engine->handler.on_change(engine->handler.userdata, engine->mirror);
}

int engine_save(Engine *engine) {
        int r;

        r = engine->handler.on_save(engine->handler.userdata, engine->mirror);
        if (r < 0)
                log_error_errno(r, "Mirror %s cannot be written down, and stands still: %m",
                                engine->mirror->id);
        return r;
}

void engine_set_disk(MirrorDisk *disk, DiskState state) {
        if (disk->state == state)
                return;
        disk->state = state;
        engine_changed(engine_of_disk(disk));
}

/* ---- how it ends */

/* What cannot be written down is not done: it comes to the same at the next look. */
static int set_phase(Engine *engine, MirrorPhase phase, MirrorState state) {
        Mirror *mirror = engine->mirror;
        MirrorPhase phase_before = mirror->phase;
        MirrorState state_before = mirror->state;
        int r;

        mirror->phase = phase;
        mirror->state = state;
        r = engine_save(engine);
        if (r < 0) {
                mirror->phase = phase_before;
                mirror->state = state_before;
                engine_look_soon(engine, ENGINE_LOOK_USEC);
                return r;
        }

        engine_changed(engine);
        engine_look_soon(engine, 0);
        return 0;
}

/* One disk that fails takes the others with it: half a guest is none. */
void engine_fail_disk(MirrorDisk *disk, const char *format, ...) {
        Engine *engine = engine_of_disk(disk);
        char words[512];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        /* What goes on failing is said once. */
        if (!disk->message)
                log_warning("Mirror %s: %s: %s", engine->mirror->id, disk->name, words);
        mirror_set_message(&disk->message, "%s", words);
        mirror_set_message(&engine->mirror->message, "%s: %s", disk->name, words);
        engine_set_disk(disk, DISK_FAILED);
        if (engine->mirror->phase == PHASE_MIRRORING || engine->mirror->phase == PHASE_SWITCHING)
                (void) set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

static int fail_all(Engine *engine, const char *words) {
        mirror_set_message(&engine->mirror->message, "%s", words);
        return set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

/* Nothing is left to be done: what became of it is what people see from now on. */
static void end(Engine *engine) {
        Mirror *mirror = engine->mirror;
        MirrorState state = MIRROR_CANCELLED;

        if (mirror->phase == PHASE_SWITCHING)
                state = MIRROR_DONE;
        else if (mirror->message)
                state = MIRROR_FAILED;
        mirror_stand_still(mirror);
        if (set_phase(engine, PHASE_ENDED, state) < 0)
                return;

        log_info("Mirror %s: %s.", mirror->id, mirror_state_text(mirror->state));
        engine_stop(mirror);
}

/* ---- looking */

static const JsonValue *find_named(const JsonValue *jobs, const char *name) {
        for (size_t i = 0; i < json_read_length(jobs); i++)
                if (strcmp(json_read_string(json_read_item(jobs, i), "id"), name) == 0)
                        return json_read_item(jobs, i);

        return NULL;
}

static const JsonValue *find_job(const JsonValue *jobs, const MirrorDisk *disk) {
        MirrorPart name, last;
        const JsonValue *job = find_named(jobs, mirror_job_name(disk, name));

        if (!job && engine_is_incremental(disk))
                job = find_named(jobs, mirror_last_job_name(disk, last));
        return job;
}

static bool all_are(const Mirror *mirror, DiskState state) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].state != state)
                        return false;

        return true;
}

static bool all_are_clean(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (!mirror->disks[i].is_clean)
                        return false;

        return true;
}

static bool is_proven(const Mirror *mirror) {
        if (mirror->verify == VERIFY_NEVER && !mirror->is_verifying_again)
                return true;
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].proof != PROOF_UNSETTLED &&
                    mirror->disks[i].proof != PROOF_SAME)
                        return false;

        return true;
}

static bool has_begun(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].state == DISK_COPYING || mirror->disks[i].state == DISK_READY)
                        return true;

        return false;
}

/* A disk that is begun again takes the readiness with it; one that waits for its relay does not. */
static void derive_state(Engine *engine) {
        Mirror *mirror = engine->mirror;
        MirrorState state = mirror->state;

        if (mirror->phase != PHASE_MIRRORING)
                return;
        if (all_are(mirror, DISK_READY))
                state = is_proven(mirror) ? MIRROR_READY : MIRROR_VERIFYING;
        else if (has_begun(mirror) || state != MIRROR_NEW)
                state = MIRROR_COPYING;
        if (state == mirror->state)
                return;
        mirror->state = state;
        /* Who hears of it asks before the next figures are taken. */
        mirror->eta_usec = state == MIRROR_READY ? 0 : UINT64_MAX;
        engine_changed(engine);
}

/* Exports must be gone before the mirrors end. */
static void take_steps(Engine *engine, const JsonValue *jobs) {
        Mirror *mirror = engine->mirror;

        if (mirror->phase != PHASE_MIRRORING && !engine_prove(engine))
                return;
        for (size_t i = 0; i < mirror->n_disks; i++)
                engine_advance(mirror->disks + i, find_job(jobs, mirror->disks + i));
        engine_govern(engine);
        derive_state(engine);
        if (mirror->phase == PHASE_MIRRORING)
                (void) engine_prove(engine);
}

static void on_jobs(void *userdata, int r, const JsonValue *jobs, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_looking = false;
        if (r < 0) {
                engine_look_soon(engine, ENGINE_LOOK_USEC);
                return;
        }
        /* A step asks for the next look at once, if it is worth it. */
        engine_look_later(engine);
        take_steps(engine, jobs);
        if (all_are_clean(engine->mirror)) {
                engine_take_relays_down(engine);
                end(engine);
        }
}

/* An incremental one is told by the bitmaps of the nodes as well. */
static void on_nodes(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_looking = false;
        if (r >= 0) {
                engine_pass_count(engine, nodes);
                r = engine_ask_jobs(engine->qmp, on_jobs, engine);
                engine->is_looking = r >= 0;
        }
        if (r < 0)
                engine_look_soon(engine, ENGINE_LOOK_USEC);
}

static void on_checked(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        Engine *engine = userdata;
        char words[512];

        engine->is_looking = false;
        if (r < 0) {
                engine_look_soon(engine, ENGINE_LOOK_USEC);
                return;
        }
        /* What was refused and could not be written down is refused again. */
        engine->is_checked = engine->mirror->phase != PHASE_MIRRORING ||
                             engine_check_nodes(engine->mirror, nodes, words, sizeof words) >= 0 ||
                             fail_all(engine, words) >= 0;
        engine_look_soon(engine, engine->is_checked ? 0 : ENGINE_LOOK_USEC);
}

static void on_other_jobs(void *userdata, int r, const JsonValue *jobs, const QmpError *error) {
        Engine *engine = userdata;
        char words[512];

        engine->is_looking = false;
        if (r >= 0 && engine->mirror->phase == PHASE_MIRRORING &&
            engine_check_jobs(engine->mirror, jobs, words, sizeof words) < 0) {
                engine->is_checked = fail_all(engine, words) >= 0;
                return;
        }
        r = r < 0 ? r : engine_ask_nodes(engine->qmp, on_checked, engine);
        engine->is_looking = r >= 0;
        if (r < 0)
                engine_look_soon(engine, ENGINE_LOOK_USEC);
}

/* What QEMU is asked from now on is newer than what a verifier was told last, if it has heard that.
 */
static void allow_tells(Engine *engine) {
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                engine->parts[i].may_tell = !engine->parts[i].synced_question;
}

/* Before the first step, and after each time that QEMU was away: it may be another one. */
static void look(Engine *engine) {
        int r;

        if (engine->is_looking || !qmp_is_ready(engine->qmp))
                return;
        allow_tells(engine);
        if (!engine->is_checked)
                r = engine_ask_other_jobs(engine->qmp, on_other_jobs, engine);
        else if (engine->mirror->sync == SYNC_INCREMENTAL)
                r = engine_ask_nodes(engine->qmp, on_nodes, engine);
        else
                r = engine_ask_jobs(engine->qmp, on_jobs, engine);
        engine->is_looking = r >= 0;
        if (r < 0)
                engine_look_soon(engine, ENGINE_LOOK_USEC);
}

/* QEMU is there, and our jobs in it: they are ended once it answers again. One that is being
 * finished may be finished by now. */
static int give_up_waiting(Engine *engine) {
        Mirror *mirror = engine->mirror;

        log_warning("Mirror %s: QEMU's monitor at %s does not answer: another client may have it.",
                    mirror->id, mirror->monitor);
        if (mirror->phase == PHASE_SWITCHING)
                return 0;
        mirror_set_message(&mirror->message,
                           "QEMU's monitor at %s does not answer: another client may have it. What "
                           "is left in QEMU is removed when it does.",
                           mirror->monitor);
        engine_take_relays_down(engine);
        engine_take_verifiers_down(engine);

        return set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

static void wait_on(Engine *engine) {
        engine_look_soon(engine, ENGINE_LOOK_USEC);
        if (!engine->is_waiting)
                engine->is_waiting = give_up_waiting(engine) >= 0;
}

/* Its jobs went with it, and the guest. Relays are all that may be left. */
static void give_up(Engine *engine) {
        mirror_set_message(&engine->mirror->message,
                           "QEMU has ended: nobody listens at its monitor, %s.",
                           engine->mirror->monitor);
        engine_take_relays_down(engine);
        engine_take_verifiers_down(engine);
        engine_remove_server(engine);
        engine->mirror->phase = PHASE_ABORTING;
        end(engine);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Engine *engine = userdata;

        /* Before anything is asked: a QEMU that waits for a frozen target answers nothing. */
        if (engine->mirror->phase == PHASE_ABORTING)
                engine_take_relays_down(engine);
        if (engine->lost_usec == 0)
                look(engine);
        else if (engine_now(engine) - engine->lost_usec <=
                 (engine->is_gone ? GONE_USEC : LOST_USEC))
                engine_look_soon(engine, ENGINE_LOOK_USEC);
        else if (engine->is_gone)
                give_up(engine);
        else
                wait_on(engine);
        return 0;
}

static void on_ready(void *userdata, const QmpVersion *version) {
        Engine *engine = userdata;

        engine->lost_usec = 0;
        engine->is_waiting = false;
        engine->uid = version->uid;
        engine->is_checked = false;
        engine_look_soon(engine, 0);
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
        if (strcmp(name, "JOB_STATUS_CHANGE") == 0 || strncmp(name, "BLOCK_JOB_", 10) == 0)
                engine_look_soon(userdata, 0);
}

/* What was asked has been answered by now, with nothing. */
static void on_lost(void *userdata, int error, const char *words) {
        Engine *engine = userdata;

        engine->is_looking = false;
        engine->is_gone = error == -ECONNREFUSED || error == -ENOENT;
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                if (!engine->parts[i].question && !engine->parts[i].slot)
                        engine->mirror->disks[i].is_busy = false;
        if (engine->lost_usec == 0)
                engine->lost_usec = engine_now(engine);
        engine_look_soon(engine, ENGINE_LOOK_USEC);
}

/* ---- from outside */

void engine_wake(Mirror *mirror) {
        if (mirror->engine)
                engine_look_soon(mirror->engine, 0);
}

void engine_stop(Mirror *mirror) {
        Engine *engine = TAKE_PTR(mirror->engine);

        if (!engine)
                return;
        for (size_t i = 0; i < MIRROR_DISKS_MAX; i++) {
                (void) question_free(engine->parts[i].question);
                (void) question_free(engine->parts[i].limit_question);
                (void) sd_bus_slot_unref(engine->parts[i].slot);
        }
        engine_proof_stop(engine);
        (void) sd_event_source_disable_unref(engine->timer);
        /* Maybe from inside one of its callbacks. */
        qmp_free_later(engine->qmp);
        free(engine);
}

int engine_start(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler) {
        Engine *engine;
        const QmpHandler qmp_handler = { on_ready, on_event, on_lost, NULL };
        QmpHandler own = qmp_handler;
        int r;

        engine = calloc(1, sizeof *engine);
        if (!engine)
                return -ENOMEM;
        *engine = (Engine){ .mirror = mirror, .event = event, .bus = bus, .handler = *handler };
        own.userdata = engine;
        mirror->engine = engine;
        r = sd_event_add_time(event, &engine->timer, CLOCK_MONOTONIC, UINT64_MAX,
                              LOOK_ACCURACY_USEC, on_timer, engine);
        if (r >= 0)
                r = sd_event_source_set_enabled(engine->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = qmp_new(event, mirror->monitor, 0, &own, &engine->qmp);
        if (r < 0)
                engine_stop(mirror);

        return r;
}
