/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Between attempts: what broke a channel may take a while to mend. */
#define AGAIN_USEC (1000 * 1000ULL)
#define AGAIN_MAX_USEC (30 * 1000 * 1000ULL)

/* Written down first: a mirrord that comes next must not take a broken node for a good one. */
static int set_again(MirrorDisk *disk, DiskAgain again) {
        DiskAgain before = disk->again;
        int r;

        disk->again = again;
        r = engine_save(engine_of_disk(disk));
        if (r < 0)
                disk->again = before;
        return r;
}

static uint64_t wait_usec(const Mirror *mirror) {
        uint64_t usec = AGAIN_USEC * mirror->n_retried;

        return usec > AGAIN_MAX_USEC ? AGAIN_MAX_USEC : usec;
}

static int retry(MirrorDisk *disk, const char *words) {
        Mirror *mirror = disk->mirror;
        MirrorState before = mirror->state;
        int r;

        if (mirror->phase != PHASE_MIRRORING || mirror->n_retried >= mirror->n_retries_max)
                return -ESHUTDOWN;
        mirror->n_retried++;
        mirror->state = MIRROR_COPYING;
        disk->is_finished = false;
        /* What a target that went had in its caches may be lost, and the bitmap does not know it.
         */
        disk->has_own_bitmap = false;
        disk->proof = PROOF_PENDING;
        r = set_again(disk, AGAIN_CHANNEL);
        if (r < 0) {
                mirror->n_retried--;
                mirror->state = before;
                return r;
        }
        engine_forget_verifier(disk);

        log_warning("Mirror %s: %s: %s Begun again, %" PRIu32 " of %" PRIu32 ".", mirror->id,
                    disk->name, words, mirror->n_retried, mirror->n_retries_max);
        engine_set_disk(disk, DISK_NEW);
        engine_look_soon(engine_of_disk(disk), 0);
        return 0;
}

void engine_lose_channel(MirrorDisk *disk, const char *format, ...) {
        char words[512];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        if (retry(disk, words) < 0)
                engine_fail_disk(disk, "%s", words);
}

int engine_restart_job(MirrorDisk *disk) {
        DiskProof before = disk->proof;
        int r;

        disk->proof = PROOF_PENDING;
        r = set_again(disk, AGAIN_JOB);
        if (r < 0) {
                disk->proof = before;
                return r;
        }

        engine_forget_verifier(disk);
        engine_set_disk(disk, DISK_COPYING);
        return 0;
}

static void take_relay_down(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);

        (void) disk_unit_stop(UNIT_RELAY, engine->bus, disk);
        disk_unit_remove(UNIT_RELAY, disk);
        part->relay_usec = 0;
        part->has_limits = false;
        part->gone_usec = 0;
        part->again_usec = engine_now(engine) + wait_usec(disk->mirror);
}

void engine_taken_apart(MirrorDisk *disk) {
        take_relay_down(disk);
        if (set_again(disk, AGAIN_NOTHING) >= 0)
                engine_set_disk(disk, DISK_NEW);
}

/* The node stays: its connection is as good as before. */
static void add_job_again(MirrorDisk *disk) {
        if (set_again(disk, AGAIN_NOTHING) >= 0)
                engine_begin_job(disk);
}

void engine_take_apart(MirrorDisk *disk, const JsonValue *job) {
        const char *status = json_read_string(job, "status");
        Qmp *qmp = engine_of_disk(disk)->qmp;

        if (!job && disk->again == AGAIN_JOB)
                add_job_again(disk);
        else if (!job)
                engine_remove_node(qmp, disk);
        else if (strcmp(status, "concluded") == 0)
                engine_dismiss(qmp, disk);
        else if (strcmp(status, "aborting") != 0)
                engine_cancel(qmp, disk);
}
