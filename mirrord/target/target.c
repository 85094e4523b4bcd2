/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/target.h"

#include <string.h>
#include <sys/random.h>

const char *target_phase_text(TargetPhase phase) {
        static const char *const texts[_TARGET_PHASE_MAX] = {
                "making", "prepared", "exporting", "withdrawing", "committing", "removing", "ended"
        };

        return texts[phase];
}

const char *target_state_text(TargetState state) {
        static const char *const texts[_TARGET_STATE_MAX] = {
                "new",  "prepared", "exporting", "listening", "committing",
                "kept", "removing", "removed",   "failed"
        };

        return texts[state];
}

const char *target_stage_text(TargetStage stage) {
        static const char *const texts[_TARGET_STAGE_MAX] = { "new",    "found", "making", "made",
                                                              "placed", "kept",  "gone" };

        return texts[stage];
}

Target *target_new(void) {
        Target *target = calloc(1, sizeof *target);

        if (target) {
                target->first_port = TARGET_FIRST_PORT;
                target->last_port = TARGET_LAST_PORT;
        }
        return target;
}

Target *target_free(Target *target) {
        if (!target)
                return NULL;

        for (size_t i = 0; i < target->n_disks; i++) {
                free(target->disks[i].why);
                explicit_bzero(target->disks[i].key, sizeof target->disks[i].key);
        }
        free(target->address);
        free(target->certificates);
        free(target->peer_name);
        free(target->message);
        free(target->monitor);
        free(target);
        return NULL;
}

TargetDisk *target_add_disk(Target *target) {
        TargetDisk *disk;

        if (target->n_disks == MIRROR_DISKS_MAX)
                return NULL;
        disk = target->disks + target->n_disks++;
        disk->target = target;
        return disk;
}

TargetDisk *target_find_disk(Target *target, const char *name) {
        for (size_t i = 0; i < target->n_disks; i++)
                if (strcmp(target->disks[i].name, name) == 0)
                        return target->disks + i;

        return NULL;
}

static bool disks_are_same(const TargetDisk *a, const TargetDisk *b) {
        return strcmp(a->name, b->name) == 0 && strcmp(a->path, b->path) == 0 &&
               a->size_bytes == b->size_bytes && a->format == b->format &&
               a->allocation == b->allocation && a->may_overwrite == b->may_overwrite &&
               a->may_overcommit == b->may_overcommit && strcmp(a->owner, b->owner) == 0;
}

bool target_is_same(const Target *a, const Target *b) {
        if (strcmp(a->address, b->address) != 0 || a->first_port != b->first_port ||
            a->last_port != b->last_port || a->is_plain != b->is_plain ||
            a->n_disks != b->n_disks || strcmp(a->certificates ?: "", b->certificates ?: "") != 0 ||
            strcmp(a->peer_name ?: "", b->peer_name ?: "") != 0)
                return false;
        for (size_t i = 0; i < a->n_disks; i++)
                if (!disks_are_same(a->disks + i, b->disks + i))
                        return false;

        return true;
}

bool target_id_is_valid(const char *id) {
        size_t length = strlen(id);

        return length > 0 && length <= MIRROR_NAME_MAX &&
               strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                       length;
}

int target_draw(char *ret, size_t n) {
        unsigned char bytes[MIRROR_KEY_MAX / 2];

        if (n > sizeof bytes || getrandom(bytes, n, 0) != (ssize_t) n)
                return -EIO;
        for (size_t i = 0; i < n; i++)
                (void) sprintf(ret + 2 * i, "%02x", bytes[i]);

        explicit_bzero(bytes, sizeof bytes);
        return 0;
}

bool target_disk_is_left(const TargetDisk *disk) {
        return disk->stage == STAGE_MAKING || disk->stage == STAGE_MADE ||
               disk->stage == STAGE_PLACED;
}

bool target_disk_is_created(const TargetDisk *disk) {
        return disk->stage == STAGE_PLACED || disk->stage == STAGE_KEPT;
}

bool target_has_leftovers(const Target *target) {
        for (size_t i = 0; i < target->n_disks; i++)
                if (target_disk_is_left(target->disks + i))
                        return true;

        return false;
}

const char *target_unit_name(const TargetDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "target.%s-%s", disk->target->id, disk->name);
        return ret;
}

const char *target_export_name(const TargetDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivot-%s-%s", disk->target->id, disk->name);
        return ret;
}

const char *target_dir(const Target *target, TargetPath ret) {
        (void) snprintf(ret, sizeof(TargetPath), TARGET_ROOT "/%s", target->id);
        return ret;
}

const char *target_socket(const Target *target, TargetPath ret) {
        (void) snprintf(ret, sizeof(TargetPath), TARGET_ROOT "/%s/nbd", target->id);
        return ret;
}

const char *target_monitor(const Target *target, TargetPath ret) {
        (void) snprintf(ret, sizeof(TargetPath), TARGET_ROOT "/%s/qmp", target->id);
        return ret;
}
