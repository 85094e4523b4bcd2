/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror.h"

#include "common/escape.h"

#include <stdarg.h>
#include <string.h>

const char *mirror_phase_text(MirrorPhase phase) {
        static const char *const texts[_PHASE_MAX] = { "mirroring", "switching", "aborting",
                                                       "ended" };

        return texts[phase];
}

const char *mirror_state_text(MirrorState state) {
        static const char *const texts[_MIRROR_STATE_MAX] = {
                [MIRROR_NEW] = "new",
                [MIRROR_COPYING] = "copying",
                [MIRROR_READY] = "ready",
                [MIRROR_SWITCHING] = "switching",
                [MIRROR_DONE] = "done",
                [MIRROR_FAILED] = "failed",
                [MIRROR_CANCELLING] = "cancelling",
                [MIRROR_CANCELLED] = "cancelled",
        };

        return texts[state];
}

const char *disk_state_text(DiskState state) {
        static const char *const texts[_DISK_STATE_MAX] = { "new",   "relay", "copying",
                                                            "ready", "done",  "failed" };

        return texts[state];
}

const char *mirror_sync_text(MirrorSync sync) {
        static const char *const texts[_SYNC_MAX] = { "full", "top", "incremental" };

        return texts[sync];
}

Mirror *mirror_new(void) {
        return calloc(1, sizeof(Mirror));
}

Mirror *mirror_free(Mirror *mirror) {
        if (!mirror)
                return NULL;

        for (size_t i = 0; i < mirror->n_disks; i++) {
                free(mirror->disks[i].message);
                explicit_bzero(mirror->disks[i].key, sizeof mirror->disks[i].key);
        }
        free(mirror->monitor);
        free(mirror->address);
        free(mirror->bitmap);
        free(mirror->message);
        free(mirror);
        return NULL;
}

MirrorDisk *mirror_add_disk(Mirror *mirror) {
        MirrorDisk *disk;

        if (mirror->n_disks == MIRROR_DISKS_MAX)
                return NULL;
        disk = mirror->disks + mirror->n_disks++;
        disk->mirror = mirror;
        return disk;
}

void mirror_set_message(char **message, const char *format, ...) {
        va_list ap;

        if (*message)
                return;
        va_start(ap, format);
        if (vasprintf(message, format, ap) < 0)
                *message = NULL;
        else
                (void) escape_in_place(*message);
        va_end(ap);
}

bool mirror_name_is_valid(const char *name, size_t max) {
        size_t length = strlen(name);

        return length > 0 && length <= max && name[0] != '.' && name[0] != '-' &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
                       length;
}

const char *mirror_job_name(const MirrorDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivot-%s-%s", disk->mirror->id, disk->name);
        return ret;
}

const char *mirror_node_name(const MirrorDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivot-%s-%zu", disk->mirror->id,
                        (size_t) (disk - disk->mirror->disks));
        return ret;
}

const char *mirror_relay_name(const MirrorDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "%s-%s", disk->mirror->id, disk->name);
        return ret;
}
