/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"

#include <string.h>

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

static bool is_copied(const MirrorDisk *disk) {
        return disk->state == DISK_COPYING || disk->state == DISK_READY;
}

static bool is_followed(const MirrorDisk *disk) {
        return is_copied(disk) || disk->state == DISK_FAILED;
}

static bool has_begun(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (is_copied(mirror->disks + i))
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
        engine->is_known = true;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const JsonValue *job = find_job(jobs, mirror->disks + i);

                engine_advance(mirror->disks + i, job);
                if (job && !is_followed(mirror->disks + i))
                        engine->is_known = false;
        }
        engine_govern(engine);
        derive_state(engine);
        if (mirror->phase == PHASE_MIRRORING)
                (void) engine_prove(engine);
}

/* A QEMU that hangs, or waits for its disks: nothing can be done for it, and its figures are stale.
 */
static void fall_silent(Engine *engine) {
        if (engine->is_silent)
                return;
        engine->is_silent = true;
        log_warning("Mirror %s: QEMU at %s takes commands and answers none; it is asked on.",
                    engine->mirror->id, engine->mirror->monitor);
        mirror_stand_still(engine->mirror);
        engine_changed(engine);
}

static void hear(Engine *engine) {
        if (!engine->is_silent)
                return;
        engine->is_silent = false;
        log_info("Mirror %s: QEMU answers again.", engine->mirror->id);
}

static void look_again(Engine *engine, int error) {
        if (error == -ETIMEDOUT)
                fall_silent(engine);
        engine_look_soon(engine, ENGINE_LOOK_USEC);
}

static void on_jobs(void *userdata, int r, const JsonValue *jobs, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_looking = false;
        if (r < 0) {
                look_again(engine, r);
                return;
        }
        hear(engine);
        /* A step asks for the next look at once, if it is worth it. */
        engine_look_later(engine);
        take_steps(engine, jobs);
        if (all_are_clean(engine->mirror)) {
                engine_take_relays_down(engine);
                engine_end(engine);
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
                look_again(engine, r);
}

static void on_checked(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        Engine *engine = userdata;
        char words[512];

        engine->is_looking = false;
        if (r < 0) {
                look_again(engine, r);
                return;
        }
        /* What was refused and could not be written down is refused again. */
        engine->is_checked = engine->mirror->phase != PHASE_MIRRORING ||
                             engine_check_nodes(engine->mirror, nodes, words, sizeof words) >= 0 ||
                             engine_fail(engine, words) >= 0;
        engine_look_soon(engine, engine->is_checked ? 0 : ENGINE_LOOK_USEC);
}

static void on_other_jobs(void *userdata, int r, const JsonValue *jobs, const QmpError *error) {
        Engine *engine = userdata;
        char words[512];

        engine->is_looking = false;
        if (r >= 0 && engine->mirror->phase == PHASE_MIRRORING &&
            engine_check_jobs(engine->mirror, jobs, words, sizeof words) < 0) {
                engine->is_checked = engine_fail(engine, words) >= 0;
                return;
        }
        r = r < 0 ? r : engine_ask_nodes(engine->qmp, on_checked, engine);
        engine->is_looking = r >= 0;
        if (r < 0)
                look_again(engine, r);
}

/* What QEMU is asked from now on is newer than what a verifier was told last, if it has heard that.
 */
static void allow_tells(Engine *engine) {
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                engine->parts[i].may_tell = !engine->parts[i].synced_question;
}

/* Before the first step, and after each time that QEMU was away: it may be another one. */
void engine_look(Engine *engine) {
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
                look_again(engine, r);
}
