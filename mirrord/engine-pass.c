/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * QEMU's mirror knows no bitmaps (blockdev-mirror refuses sync=incremental, 7.2 to 10.0), its
 * backup does: an incremental mirror is one pass of backup after the other, each of what was
 * written since the one before began, until little is left. The bitmap that says so is ours, made
 * from the one that was named, which stays as it is. The last pass, at the switch, is a point in
 * time: with the guest stopped it leaves nothing.
 */

#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"

#include <string.h>

/* So little is copied within a moment. */
#define LITTLE_BYTES (8 * 1024 * 1024ULL)

bool engine_is_incremental(const MirrorDisk *disk) {
        return disk->mirror->sync == SYNC_INCREMENTAL;
}

/* ---- what there is */

static const JsonValue *find(const JsonValue *array, const char *key, const char *name) {
        for (size_t i = 0; i < json_read_length(array); i++)
                if (strcmp(json_read_string(json_read_item(array, i), key), name) == 0)
                        return json_read_item(array, i);

        return NULL;
}

static void count(MirrorDisk *disk, const JsonValue *nodes) {
        const JsonValue *node = find(nodes, "node-name", disk->node), *bitmap;
        EnginePart *part = engine_part(disk);
        MirrorPart name;

        part->has_node = find(nodes, "node-name", mirror_node_name(disk, name)) != NULL;
        part->is_read_only = json_read_bool(node, "ro", false);
        part->was_writable |= node && !part->is_read_only;
        bitmap = find(json_read_array(node, "dirty-bitmaps"), "name",
                      mirror_bitmap_name(disk->mirror, name));
        part->has_bitmap = bitmap != NULL;
        part->n_dirty = json_read_number(bitmap, "count", 0);
}

void engine_pass_count(Engine *engine, const JsonValue *nodes) {
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                count(engine->mirror->disks + i, nodes);
}

/* ---- steps */

static bool is_little(const MirrorDisk *disk) {
        uint64_t n_dirty = engine_part(disk)->n_dirty;

        return n_dirty <= LITTLE_BYTES || n_dirty <= disk->mirror->rate / 2;
}

static void begin_pass(MirrorDisk *disk, bool is_last) {
        engine_part(disk)->is_last = is_last;
        disk->n_done = 0;
        disk->n_total = engine_part(disk)->n_dirty;
        engine_add_pass(engine_of_disk(disk)->qmp, disk, is_last);
}

/* One of that name may be of an earlier mirror, to another target: ours is written down first. */
static void add_bitmap(MirrorDisk *disk) {
        disk->has_own_bitmap = true;
        if (engine_save(engine_of_disk(disk)) >= 0)
                engine_add_bitmap(engine_of_disk(disk)->qmp, disk);
}

/* Between two passes. */
static void rest(MirrorDisk *disk) {
        EnginePart *part = engine_part(disk);

        if (!part->has_node) {
                if (engine_forget_proof(disk) >= 0)
                        engine_look_for_relay(disk);
        } else if (part->has_bitmap && !disk->has_own_bitmap)
                engine_remove_bitmap(engine_of_disk(disk)->qmp, disk);
        else if (!part->has_bitmap)
                add_bitmap(disk);
        else {
                engine_set_disk(disk, is_little(disk) ? DISK_READY : DISK_COPYING);
                engine_follow_relay(disk);
                if (part->n_dirty == 0)
                        engine_tell_synced(disk);
                if (part->n_dirty > 0 && !disk->mirror->is_paused && disk->again == AGAIN_NOTHING &&
                    disk->mirror->phase == PHASE_MIRRORING)
                        begin_pass(disk, false);
        }
}

static void take_progress(MirrorDisk *disk, const JsonValue *job) {
        disk->n_total = json_read_number(job, "total-progress", 0);
        disk->n_done = json_read_number(job, "current-progress", 0);
        if (disk->n_done > disk->n_total)
                disk->n_done = disk->n_total;
}

static void advance_mirroring(MirrorDisk *disk, const JsonValue *job) {
        const char *error = json_read_string(job, "error");
        Qmp *qmp = engine_of_disk(disk)->qmp;

        if (disk->again != AGAIN_NOTHING) {
                engine_take_apart(disk, job);
                return;
        }
        if (!job) {
                rest(disk);
                return;
        }
        take_progress(disk, job);
        /* One that was found again: between two passes it is told by what is left. */
        if (disk->n_total > 0 && disk->state != DISK_COPYING && disk->state != DISK_READY)
                engine_set_disk(disk, disk->n_total <= LITTLE_BYTES ? DISK_READY : DISK_COPYING);
        engine_follow_relay(disk);
        engine_keep_pause(disk, json_read_string(job, "status"));
        if (strcmp(json_read_string(job, "status"), "concluded") != 0)
                return;
        if (*error)
                engine_lose_channel(disk, "copying has ended: %s", error);
        else
                engine_dismiss(qmp, disk);
}

/* The target has it for good, and how it ended is written down before QEMU forgets it. */
static void conclude_last(MirrorDisk *disk, const JsonValue *job) {
        const char *error = json_read_string(job, "error");
        Engine *engine = engine_of_disk(disk);

        if (*error) {
                engine_fail_disk(disk, "the last pass has ended: %s", error);
                return;
        }
        if (!engine_part(disk)->is_flushed) {
                if (engine_may_flush(disk))
                        engine_flush(engine->qmp, disk);
                return;
        }
        disk->is_finished = true;
        if (engine_save(engine) < 0)
                return;
        engine_set_disk(disk, DISK_DONE);
        engine_dismiss(engine->qmp, disk);
}

static void tidy(MirrorDisk *disk) {
        Qmp *qmp = engine_of_disk(disk)->qmp;

        if (engine_part(disk)->has_bitmap)
                engine_remove_bitmap(qmp, disk);
        else
                engine_remove_node(qmp, disk);
}

static void advance_switching(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");
        MirrorPart last;

        if (!job && disk->is_finished)
                tidy(disk);
        else if (!job && !engine_part(disk)->has_bitmap)
                engine_fail_disk(disk, "QEMU knows nothing of its bitmap any more: it is not the "
                                       "one that had it.");
        else if (!job)
                begin_pass(disk, true);
        else if (strcmp(status, "paused") == 0)
                engine_resume(engine_of_disk(disk)->qmp, disk);
        else if (strcmp(status, "concluded") != 0)
                take_progress(disk, job);
        else if (strcmp(json_read_string(job, "id"), mirror_last_job_name(disk, last)) == 0)
                conclude_last(disk, job);
        else if (*json_read_string(job, "error"))
                engine_fail_disk(disk, "copying has ended: %s", json_read_string(job, "error"));
        else
                engine_dismiss(engine_of_disk(disk)->qmp, disk);
}

static void advance_aborting(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");
        Qmp *qmp = engine_of_disk(disk)->qmp;

        if (!job)
                tidy(disk);
        else if (strcmp(status, "concluded") == 0)
                engine_dismiss(qmp, disk);
        else if (strcmp(status, "aborting") != 0)
                engine_cancel(qmp, disk);
}

/* No job of ours is there between two passes to keep somebody from making a snapshot: what the
 * guest writes from then on goes to another node, and no bitmap of ours knows it. */
static bool has_lost_the_guest(MirrorDisk *disk) {
        const EnginePart *part = engine_part(disk);

        if (!part->is_read_only || !part->was_writable || disk->is_finished ||
            disk->mirror->phase == PHASE_ABORTING)
                return false;
        engine_fail_disk(disk,
                         "the guest does not write to its node %s any more: somebody has made a "
                         "snapshot above it.",
                         disk->node);
        return true;
}

void engine_pass_advance(MirrorDisk *disk, const JsonValue *job) {
        MirrorPart last;

        if (has_lost_the_guest(disk))
                return;

        engine_part(disk)->is_last =
                job && strcmp(json_read_string(job, "id"), mirror_last_job_name(disk, last)) == 0;
        if (disk->mirror->phase == PHASE_MIRRORING)
                advance_mirroring(disk, job);
        else if (disk->mirror->phase == PHASE_SWITCHING)
                advance_switching(disk, job);
        else if (disk->mirror->phase == PHASE_ABORTING)
                advance_aborting(disk, job);
}
