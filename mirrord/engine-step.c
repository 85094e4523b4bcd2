/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"

#include <string.h>

static bool is_lost(int r) {
        return r == -ECONNRESET || r == -ENOTCONN;
}

/* What became of it is seen at the next look. What needs the other host is not waited for: QEMU may
 * hang until its channel is taken away. */
static bool is_unknown(int r, EngineCommand command) {
        return r == -ETIMEDOUT && command != ENGINE_ADD_NODE && command != ENGINE_ADD_JOB &&
               command != ENGINE_ADD_PASS && command != ENGINE_FLUSH;
}

/* That it could not be made is no matter when it is not wanted any more. */
static bool is_given_up(const MirrorDisk *disk, EngineCommand command) {
        return disk->mirror->phase == PHASE_ABORTING &&
               (command == ENGINE_ADD_NODE || command == ENGINE_ADD_JOB || command == ENGINE_FLUSH);
}

/* The node has gone: nothing of the disk is left, but maybe it is begun again. */
static void conclude_node(MirrorDisk *disk) {
        if (disk->again == AGAIN_CHANNEL && disk->mirror->phase == PHASE_MIRRORING)
                engine_taken_apart(disk);
        else
                disk->is_clean = true;
        engine_look_soon(engine_of_disk(disk), 0);
}

static void on_nodes(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);

        disk->is_busy = false;
        if (is_lost(r))
                return;
        /* It may have been given up meanwhile. */
        if (disk->mirror->phase == PHASE_MIRRORING)
                engine_add_job(engine->qmp, disk, r >= 0 && engine_is_raw(nodes, disk));
        else
                engine_look_soon(engine, 0);
}

/* What its node is is asked right before: blockdev-reopen can make something else of it. */
void engine_begin_job(MirrorDisk *disk) {
        int r;

        disk->is_busy = true;
        r = engine_ask_nodes(engine_of_disk(disk)->qmp, on_nodes, disk);
        if (r < 0)
                on_nodes(disk, r, NULL, NULL);
}

static void go_on(MirrorDisk *disk, EngineCommand command) {
        Engine *engine = engine_of_disk(disk);
        bool is_mirroring = disk->mirror->phase == PHASE_MIRRORING;

        /* The job only if it has not been given up meanwhile. */
        if (command == ENGINE_ADD_NODE && is_mirroring && !engine_is_incremental(disk))
                engine_begin_job(disk);
        else if (command == ENGINE_DISMISS && !engine_is_incremental(disk) &&
                 !(is_mirroring && disk->again == AGAIN_JOB))
                engine_remove_node(engine->qmp, disk);
        else if (command == ENGINE_REMOVE_NODE)
                conclude_node(disk);
        else if (command == ENGINE_FLUSH) {
                engine_part(disk)->is_flushed = true;
                engine_look_soon(engine, 0);
        } else
                engine_look_soon(engine, 0);
}

/* What leads to the other host may have broken on the way. */
static void refuse(MirrorDisk *disk, EngineCommand command, const char *words) {
        if (command == ENGINE_ADD_NODE || command == ENGINE_ADD_JOB || command == ENGINE_ADD_PASS)
                engine_lose_channel(disk, "QEMU refuses %s: %s", engine_command_name(command),
                                    words);
        else if (command == ENGINE_FLUSH)
                engine_fail_disk(disk, "the target did not take its last writes (%s): %s",
                                 engine_command_name(command), words);
        else
                engine_fail_disk(disk, "QEMU refuses %s: %s", engine_command_name(command), words);
}

/* Asking again at once would not make it faster, taken or not: an event says when it is so. */
static bool waits_for_the_job(EngineCommand command) {
        return command == ENGINE_FINISH || command == ENGINE_PAUSE || command == ENGINE_RESUME;
}

void engine_answered(MirrorDisk *disk, EngineCommand command, int r, const char *words) {
        Engine *engine = engine_of_disk(disk);

        disk->is_busy = false;
        if (is_lost(r))
                return;
        if (r < 0 && is_given_up(disk, command)) {
                engine_look_soon(engine, 0);
                return;
        }
        if (is_unknown(r, command)) {
                engine_look_soon(engine, ENGINE_LOOK_USEC);
                return;
        }
        if (r < 0 && !engine_is_harmless(command, words)) {
                refuse(disk, command, words);
                return;
        }

        if (waits_for_the_job(command))
                engine_look_later(engine);
        else
                go_on(disk, command);
}

static void take_progress(MirrorDisk *disk, const JsonValue *job) {
        uint64_t total = json_read_number(job, "total-progress", 0);
        uint64_t done = json_read_number(job, "current-progress", 0);

        disk->n_total = total;
        disk->n_done = done < total ? done : total;
}

/* It is over: dismissed only after what it came to is written down. */
static void conclude(MirrorDisk *disk, const JsonValue *job) {
        Engine *engine = engine_of_disk(disk);
        const char *error = json_read_string(job, "error");

        if (*error && engine->mirror->phase != PHASE_ABORTING) {
                engine_lose_channel(disk, "the mirror has ended: %s", error);
                return;
        }
        if (engine->mirror->phase == PHASE_MIRRORING) {
                engine_fail_disk(disk, "the mirror was ended by somebody else.");
                return;
        }
        if (engine->mirror->phase == PHASE_SWITCHING) {
                disk->is_finished = true;
                if (engine_save(engine) < 0)
                        return;
                engine_set_disk(disk, DISK_DONE);
        }
        engine_dismiss(engine->qmp, disk);
}

/* QEMU's "standby" is a mirror that was ready when it was paused. */
static bool is_paused(const char *status) {
        return strcmp(status, "paused") == 0 || strcmp(status, "standby") == 0;
}

void engine_keep_pause(MirrorDisk *disk, const char *status) {
        Engine *engine = engine_of_disk(disk);

        if (disk->is_busy || is_paused(status) == disk->mirror->is_paused)
                return;
        if (is_paused(status))
                engine_resume(engine->qmp, disk);
        else if (strcmp(status, "running") == 0 || strcmp(status, "ready") == 0)
                engine_pause(engine->qmp, disk);
}

static void follow_job(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");
        bool is_ready = strcmp(status, "ready") == 0;

        engine_part(disk)->is_at_its_end = strcmp(status, "running") == 0 && disk->n_total > 0 &&
                                           disk->n_done == disk->n_total;
        engine_set_disk(disk,
                        is_ready || strcmp(status, "standby") == 0 ? DISK_READY : DISK_COPYING);
        if (is_ready && disk->n_done == disk->n_total)
                engine_tell_synced(disk);
        engine_keep_pause(disk, status);
        engine_follow_relay(disk);
}

static void advance_mirroring(MirrorDisk *disk, const JsonValue *job) {
        if (disk->again != AGAIN_NOTHING) {
                engine_take_apart(disk, job);
                return;
        }
        if (!job) {
                if (engine_forget_proof(disk) >= 0)
                        engine_look_for_relay(disk);
                return;
        }
        take_progress(disk, job);
        if (strcmp(json_read_string(job, "status"), "concluded") == 0)
                conclude(disk, job);
        else
                follow_job(disk, job);
}

static void advance_switching(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");

        if (!job && disk->is_finished) {
                engine_set_disk(disk, DISK_DONE);
                engine_remove_node(engine_of_disk(disk)->qmp, disk);
        } else if (!job)
                engine_fail_disk(
                        disk, "QEMU knows nothing of its mirror any more: it is not the one that "
                              "had it.");
        else if (is_paused(status))
                engine_resume(engine_of_disk(disk)->qmp, disk);
        else if (strcmp(status, "ready") == 0) {
                if (engine_may_flush(disk))
                        engine_finish(engine_of_disk(disk)->qmp, disk);
        } else if (strcmp(status, "concluded") == 0)
                conclude(disk, job);
}

static void advance_aborting(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");

        if (!job)
                engine_remove_node(engine_of_disk(disk)->qmp, disk);
        else if (strcmp(status, "concluded") == 0)
                conclude(disk, job);
        else if (strcmp(status, "aborting") != 0)
                engine_cancel(engine_of_disk(disk)->qmp, disk);
}

void engine_advance(MirrorDisk *disk, const JsonValue *job) {
        if (disk->is_busy || disk->is_clean)
                return;
        if (engine_is_incremental(disk)) {
                engine_pass_advance(disk, job);
                return;
        }

        switch (disk->mirror->phase) {
        case PHASE_MIRRORING:
                advance_mirroring(disk, job);
                break;
        case PHASE_SWITCHING:
                advance_switching(disk, job);
                break;
        case PHASE_ABORTING:
                advance_aborting(disk, job);
                break;
        default:
                break;
        }
}
