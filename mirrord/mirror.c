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
                [MIRROR_VERIFYING] = "verifying",
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

const char *mirror_verify_text(MirrorVerify verify) {
        static const char *const texts[_VERIFY_MAX] = { "never", "sample", "always" };

        return texts[verify];
}

const char *mirror_kind_text(MirrorKind kind) {
        static const char *const texts[_MIRROR_KIND_MAX] = { "qemu", "legacy" };

        return texts[kind];
}

const char *mirror_convergence_text(MirrorConvergence convergence) {
        static const char *const texts[_CONVERGENCE_MAX] = { "unknown", "converging",
                                                             "will-not-converge", "forced" };

        return texts[convergence];
}

const char *mirror_copy_mode_text(bool is_write_blocking) {
        return is_write_blocking ? "write-blocking" : "background";
}

const char *mirror_verification_text(const Mirror *mirror) {
        static const char *const texts[_PROOF_MAX] = { "pending", "running", "unsettled", "same",
                                                       "different" };
        DiskProof least = PROOF_SAME;

        if (mirror->verify == VERIFY_NEVER && !mirror->is_verifying_again)
                return "never";
        for (size_t i = 0; i < mirror->n_disks; i++) {
                if (mirror->disks[i].proof == PROOF_DIFFERENT)
                        return texts[PROOF_DIFFERENT];
                if (mirror->disks[i].proof < least)
                        least = mirror->disks[i].proof;
        }

        return texts[least];
}

void mirror_stand_still(Mirror *mirror) {
        mirror->rate = mirror->dirty_rate = 0;
        mirror->eta_usec = UINT64_MAX;
}

void mirror_recall_disks(Mirror *mirror) {
        bool is_whole = mirror->sync == SYNC_FULL && mirror->kind == MIRROR_QEMU;

        for (size_t i = 0; i < mirror->n_disks; i++) {
                MirrorDisk *disk = mirror->disks + i;

                if (mirror->state == MIRROR_DONE) {
                        disk->state = DISK_DONE;
                        if (is_whole)
                                disk->n_done = disk->n_total = disk->size_bytes;
                } else if (mirror->state == MIRROR_FAILED)
                        disk->state = DISK_FAILED;
                mirror->n_done += disk->n_done;
                mirror->n_total += disk->n_total;
        }
}

Mirror *mirror_new(void) {
        Mirror *mirror = calloc(1, sizeof *mirror);

        if (mirror)
                mirror->eta_usec = UINT64_MAX;
        return mirror;
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
        free(mirror->certificates);
        free(mirror->peer_name);
        free(mirror->message);
        free(mirror);
        return NULL;
}

static bool are_same_text(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool are_same_disk(const MirrorDisk *a, const MirrorDisk *b) {
        return strcmp(a->name, b->name) == 0 && strcmp(a->node, b->node) == 0 &&
               a->size_bytes == b->size_bytes && a->port == b->port &&
               a->verify_port == b->verify_port && strcmp(a->key, b->key) == 0;
}

bool mirror_is_same_request(const Mirror *a, const Mirror *b) {
        if (a->kind != b->kind || strcmp(a->monitor, b->monitor) != 0 ||
            strcmp(a->address, b->address) != 0 || a->sync != b->sync || a->verify != b->verify ||
            !are_same_text(a->bitmap, b->bitmap) ||
            !are_same_text(a->certificates, b->certificates) ||
            !are_same_text(a->peer_name, b->peer_name) || a->n_disks != b->n_disks)
                return false;
        for (size_t i = 0; i < a->n_disks; i++)
                if (!are_same_disk(a->disks + i, b->disks + i))
                        return false;

        return true;
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

uint32_t mirror_stall_msec(const Mirror *mirror) {
        if (mirror->stall_msec > 0)
                return mirror->stall_msec;

        return mirror->is_write_blocking ? MIRROR_STALL_BLOCKING_MSEC : MIRROR_STALL_MSEC;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Names that begin with a digit are those that we give. */
bool mirror_id_is_valid(const char *id) {
        size_t length = strlen(id);

        return length > 0 && length <= MIRROR_ID_MAX && strchr(LETTERS, *id) &&
               strspn(id, LETTERS DIGITS "_") == length;
}

bool mirror_name_is_valid(const char *name, size_t max) {
        size_t length = strlen(name);

        return length > 0 && length <= max && name[0] != '.' && name[0] != '-' &&
               strspn(name, LETTERS DIGITS "_-.") == length;
}

const char *mirror_job_name(const MirrorDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivot-%s-%s", disk->mirror->id, disk->name);
        return ret;
}

const char *mirror_last_job_name(const MirrorDisk *disk, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivotlast-%s-%s", disk->mirror->id, disk->name);
        return ret;
}

const char *mirror_bitmap_name(const Mirror *mirror, MirrorPart ret) {
        (void) snprintf(ret, sizeof(MirrorPart), "npivot-%s", mirror->id);
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
