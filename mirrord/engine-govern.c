/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "common/qmp/schema.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"

#include <inttypes.h>

static void set_convergence(Engine *engine, MirrorConvergence convergence) {
        Mirror *mirror = engine->mirror;

        if (mirror->is_forced)
                convergence = CONVERGENCE_FORCED;
        if (mirror->convergence == convergence)
                return;
        mirror->convergence = convergence;
        if (convergence == CONVERGENCE_BAD)
                log_warning("Mirror %s will not converge: the guest writes about %" PRIu64
                            " bytes a second, the channel carries %" PRIu64 ".",
                            mirror->id, mirror->dirty_rate, mirror->rate);
        engine_changed(engine);
}

/* ---- forcing */

static void on_changed_mode(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        MirrorDisk *disk = userdata;

        disk->is_busy = false;
        if (r >= 0)
                engine_part(disk)->has_mode = true;
        /* One that cannot be changed now is begun again instead. */
        else if (r == -EREMOTEIO && disk->mirror->phase == PHASE_MIRRORING)
                (void) engine_restart_job(disk);
        engine_look_soon(engine_of_disk(disk), 0);
}

/* At each look until it is so: an answer may be lost. A job of a QEMU that cannot change one was
 * begun again when it was written down. */
static void force_disk(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);

        if (engine->can_change && !engine_part(disk)->has_mode && !disk->is_busy &&
            disk->again == AGAIN_NOTHING &&
            (disk->state == DISK_COPYING || disk->state == DISK_READY))
                engine_change_mode(engine->qmp, disk, on_changed_mode);
}

static void set_forced(Mirror *mirror, bool is_forced, DiskAgain again) {
        mirror->is_forced = mirror->is_write_blocking = is_forced;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                mirror->disks[i].again = again;
                if (again != AGAIN_NOTHING)
                        mirror->disks[i].proof = PROOF_PENDING;
        }
}

static bool is_taken_apart(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].again != AGAIN_NOTHING)
                        return true;

        return false;
}

/* Written down first, all of it: a QEMU that cannot change a job that runs gets another one on the
 * same connection. */
static void force(Engine *engine) {
        Mirror *mirror = engine->mirror;

        if (is_taken_apart(mirror))
                return;
        set_forced(mirror, true, engine->can_change ? AGAIN_NOTHING : AGAIN_JOB);
        if (engine_save(engine) < 0) {
                set_forced(mirror, false, AGAIN_NOTHING);
                return;
        }
        log_info("Mirror %s: the guest waits for its writes from now on, at most %" PRIu32
                 " ms each: else it would never be done.",
                 mirror->id, mirror_stall_msec(mirror));
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].again == AGAIN_JOB)
                        engine_set_disk(mirror->disks + i, DISK_COPYING);
        for (size_t i = 0; i < mirror->n_disks; i++)
                engine_part(mirror->disks + i)->has_mode = false;
        set_convergence(engine, CONVERGENCE_FORCED);
}

/* Its answer is the largest that there is: asked for when it matters, and not kept. */
static void on_schema(void *userdata, int r, const JsonValue *schema, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_probing = false;
        if (r < 0)
                return;
        engine->is_probed = true;
        engine->can_change = schema_has_command(schema, "block-job-change") &&
                             schema_has_argument(schema, "block-job-change", "copy-mode");
        engine_look_soon(engine, 0);
}

static void keep_forced(Engine *engine, bool is_outrun) {
        Mirror *mirror = engine->mirror;
        bool begins = is_outrun && mirror->is_governed && !mirror->is_write_blocking &&
                      mirror->sync != SYNC_INCREMENTAL;

        if (mirror->phase != PHASE_MIRRORING || engine->is_probing ||
            (!begins && !mirror->is_forced))
                return;
        if (!engine->is_probed)
                engine->is_probing = engine_ask_schema(engine->qmp, on_schema, engine) >= 0;
        else if (begins)
                force(engine);
        else
                for (size_t i = 0; i < mirror->n_disks; i++)
                        force_disk(mirror->disks + i);
}

/* ---- judging */

static uint64_t size_of(const Mirror *mirror) {
        uint64_t size = 0;

        for (size_t i = 0; i < mirror->n_disks; i++)
                size += mirror->disks[i].size_bytes;
        return size;
}

static bool is_copying(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].state != DISK_COPYING && mirror->disks[i].state != DISK_READY)
                        return false;

        return mirror->phase == PHASE_MIRRORING && !mirror->is_paused;
}

/* What will not come to its end, as far as can be guessed, has no time left. Nothing left to copy
 * is not ready yet: it may have to be compared, and nobody knows how long that takes. */
static void take_figures(Mirror *mirror, const Pace *pace, bool is_outrun) {
        mirror->rate = pace_rate(pace);
        mirror->dirty_rate = pace_dirty_rate(pace);
        mirror->eta_usec = is_outrun ? UINT64_MAX : pace_eta_usec(pace);
        if (mirror->state == MIRROR_READY)
                mirror->eta_usec = 0;
        else if (mirror->eta_usec == 0)
                mirror->eta_usec = UINT64_MAX;
}

void engine_govern(Engine *engine) {
        Mirror *mirror = engine->mirror;
        PaceVerdict verdict;
        bool is_outrun;

        mirror->n_done = mirror->n_total = 0;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                mirror->n_done += mirror->disks[i].n_done;
                mirror->n_total += mirror->disks[i].n_total;
        }
        /* What a disk that is begun again has done does not count any more. */
        if (!is_copying(mirror) ||
            (engine->pace.n > 0 &&
             mirror->n_done < engine->pace.done[(engine->pace.n - 1) % PACE_LOOKS]))
                pace_reset(&engine->pace, size_of(mirror));
        if (is_copying(mirror))
                pace_add(&engine->pace, engine_now(engine), mirror->n_done, mirror->n_total);

        verdict = pace_verdict(&engine->pace);
        is_outrun = verdict == PACE_OUTRUN || verdict == PACE_LIKELY_OUTRUN;
        take_figures(mirror, &engine->pace, is_outrun);
        if (is_outrun)
                set_convergence(engine, CONVERGENCE_BAD);
        else if (verdict == PACE_CONVERGES)
                set_convergence(engine, CONVERGENCE_GOOD);
        keep_forced(engine, verdict == PACE_OUTRUN);
}
