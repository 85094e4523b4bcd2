/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Verifying: QEMU exports the disks once more, for reading, and a verifier for each compares them
 * with what its like on the other host reads (mirror-verify(8)).
 */

#include "common/file.h"
#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define QEMU_DIR DISK_UNIT_ROOT "/qemu"

/* Of another mirror that verifies, or of somebody else. QEMU has one NBD server. */
#define SERVER_USEC (60 * 1000 * 1000ULL)

typedef char SocketPath[sizeof QEMU_DIR + MIRROR_NAME_MAX + 16];

static const char *socket_path(const Mirror *mirror, SocketPath ret) {
        (void) snprintf(ret, sizeof(SocketPath), QEMU_DIR "/%s/nbd", mirror->id);
        return ret;
}

static const char *folder_path(const Mirror *mirror, SocketPath ret) {
        (void) snprintf(ret, sizeof(SocketPath), QEMU_DIR "/%s", mirror->id);
        return ret;
}

static void remove_folder(const Mirror *mirror) {
        SocketPath path;

        (void) unlink(socket_path(mirror, path));
        (void) rmdir(folder_path(mirror, path));
}

/* QEMU makes its socket there, as its user. */
static int make_folder(const Engine *engine) {
        _cleanup_close_ int dir_fd = dir_open(QEMU_DIR, true, 0711), fd = -EBADF;
        SocketPath path;

        if (dir_fd < 0)
                return dir_fd;
        fd = dir_open(folder_path(engine->mirror, path), true, 0700);
        if (fd < 0)
                return fd;

        return fchown(fd, engine->uid, (gid_t) -1) < 0 ? -errno : 0;
}

void engine_forget_verifier(MirrorDisk *disk) {
        EnginePart *part = engine_part(disk);

        part->verify_question = question_free(part->verify_question);
        part->synced_question = question_free(part->synced_question);
        part->verify_slot = sd_bus_slot_unref(part->verify_slot);
}

static void take_verifier_down(MirrorDisk *disk) {
        engine_forget_verifier(disk);
        (void) disk_unit_stop(UNIT_VERIFIER, engine_of_disk(disk)->bus, disk);
        disk_unit_remove(UNIT_VERIFIER, disk);
        engine_part(disk)->verify_usec = 0;
}

int engine_forget_proof(MirrorDisk *disk) {
        if (disk->proof == PROOF_PENDING)
                return 0;
        disk->proof = PROOF_PENDING;
        return engine_save(engine_of_disk(disk));
}

static void set_proof(MirrorDisk *disk, DiskProof proof) {
        if (disk->proof == proof)
                return;
        disk->proof = proof;
        (void) engine_save(engine_of_disk(disk));
        engine_changed(engine_of_disk(disk));
}

/* ---- the server */

static int set_server(Engine *engine, bool has_server) {
        bool before = engine->mirror->has_server;
        int r;

        engine->mirror->has_server = has_server;
        r = engine_save(engine);
        if (r < 0)
                engine->mirror->has_server = before;
        return r;
}

static void step(Engine *engine, ProofStep step) {
        engine->proof = step;
        engine_look_soon(engine, 0);
}

/* What runs already is ours if it made our socket. */
static bool is_ours(const Engine *engine) {
        SocketPath path;

        return access(socket_path(engine->mirror, path), F_OK) == 0;
}

static void wait_for_server(Engine *engine) {
        (void) set_server(engine, false);
        if (engine->server_usec == 0)
                engine->server_usec = engine_now(engine) + SERVER_USEC;
        engine->proof = PROOF_STEP_NOTHING;
        if (engine_now(engine) > engine->server_usec)
                engine_fail_disk(
                        engine->mirror->disks,
                        "it cannot be verified: QEMU's NBD server is in use. Stop that, or "
                        "mirror without Verify.");
}

static void on_server(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_proving = false;
        if (r == -EREMOTEIO && strstr(error->words, "already running") && !is_ours(engine))
                wait_for_server(engine);
        else if (r == -EREMOTEIO && !strstr(error->words, "already running")) {
                engine->proof = PROOF_STEP_NOTHING;
                engine_fail_disk(engine->mirror->disks, "it cannot be verified: %s", error->words);
        } else if (r == 0 || r == -EREMOTEIO)
                step(engine, PROOF_STEP_EXPORTS);
        else
                engine->proof = PROOF_STEP_NOTHING;
}

static void start_server(Engine *engine) {
        SocketPath path;
        int r;

        r = make_folder(engine);
        if (r >= 0)
                r = set_server(engine, true);
        if (r < 0) {
                engine_fail_disk(engine->mirror->disks, "it cannot be verified: %s: %s",
                                 folder_path(engine->mirror, path), strerror(-r));
                return;
        }
        engine->n_exports = 0;
        engine->is_proving = engine_start_server(engine->qmp, socket_path(engine->mirror, path),
                                                 on_server, engine) >= 0;
}

static void on_export(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_proving = false;
        if (r == -EREMOTEIO && !strstr(error->words, "already in use"))
                engine_fail_disk(engine->mirror->disks, "it cannot be verified: %s", error->words);
        else if (r == 0 || r == -EREMOTEIO)
                step(engine, ++engine->n_exports == engine->mirror->n_disks ? PROOF_STEP_RUNNING
                                                                            : PROOF_STEP_EXPORTS);
        else
                engine->proof = PROOF_STEP_NOTHING;
}

static void add_export(Engine *engine) {
        engine->is_proving =
                engine_add_export(engine->qmp, engine->mirror->disks + engine->n_exports, on_export,
                                  engine) >= 0;
}

/* ---- verifiers */

/* A network that broke is no verdict: as often as channels may be begun again. */
static int verify_again(MirrorDisk *disk) {
        Mirror *mirror = disk->mirror;
        int r;

        if (mirror->n_retried >= mirror->n_retries_max)
                return -ESHUTDOWN;
        mirror->n_retried++;
        disk->proof = PROOF_PENDING;
        r = engine_save(engine_of_disk(disk));
        if (r < 0)
                return r;

        take_verifier_down(disk);
        engine_changed(engine_of_disk(disk));
        return 0;
}

static void fail_verifier(MirrorDisk *disk) {
        MirrorPart name;

        if (verify_again(disk) >= 0)
                return;
        engine_fail_disk(disk, "it cannot be verified: “journalctl -u mirror-verify@%s” says why.",
                         mirror_relay_name(disk, name));
}

static void forget_verdict(MirrorDisk *disk) {
        set_proof(disk, PROOF_PENDING);
        take_verifier_down(disk);
}

/* What nobody can know is no verdict, however often. A mirrord that comes before the verifier is
 * gone finds it, and does this once more. Another sample might miss what this one has found. */
static void compare_again(MirrorDisk *disk, uint64_t n_untold) {
        Mirror *mirror = disk->mirror;
        bool is_sample = mirror->verify == VERIFY_SAMPLE && !mirror->is_verifying_again;

        log_info("Mirror %s: %s: %" PRIu64
                 " blocks are different, and the mirror was not up to date often enough to know: "
                 "compared again.",
                 mirror->id, disk->name, n_untold);
        mirror->is_verifying_again |= is_sample;
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (is_sample || mirror->disks + i == disk)
                        forget_verdict(mirror->disks + i);
}

static void take_unsettled(MirrorDisk *disk, const VerifyStatus *status) {
        if (status->n_untold > 0) {
                compare_again(disk, status->n_untold);
                return;
        }
        log_info("Mirror %s: %s: nothing is another one, but %" PRIu64
                 " blocks were written at every look.",
                 disk->mirror->id, disk->name, status->n_unsettled);
        set_proof(disk, PROOF_UNSETTLED);
}

/* Both in one write: what is known to be another one never counts as ready. No block: its size is.
 */
static void fail_other(MirrorDisk *disk, uint64_t n_different) {
        MirrorPart name;

        disk->proof = PROOF_DIFFERENT;
        if (n_different > 0)
                engine_fail_disk(disk,
                                 "its target is another one, in %" PRIu64
                                 " blocks: “journalctl -u mirror-verify@%s” says where.",
                                 n_different, mirror_relay_name(disk, name));
        else
                engine_fail_disk(disk,
                                 "its target has another size: “journalctl -u mirror-verify@%s” "
                                 "says which.",
                                 mirror_relay_name(disk, name));
}

static void take_verdict(MirrorDisk *disk, const VerifyStatus *status) {
        if (strcmp(status->state, "same") == 0)
                set_proof(disk, PROOF_SAME);
        else if (strcmp(status->state, "failed") == 0)
                fail_verifier(disk);
        else if (strcmp(status->state, "unsettled") == 0)
                take_unsettled(disk, status);
        else if (strcmp(status->state, "different") == 0)
                fail_other(disk, status->n_different);
        else
                set_proof(disk, PROOF_RUNNING);
}

static void on_verifier(void *userdata, int r, const char *answer) {
        MirrorDisk *disk = userdata;
        EnginePart *part = engine_part(disk);
        VerifyStatus status;

        part->verify_question = NULL;
        if (r >= 0)
                r = verify_parse_status(answer, &status);
        if (disk->mirror->phase == PHASE_MIRRORING && r >= 0)
                take_verdict(disk, &status);
}

static int on_unit(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        MirrorDisk *disk = userdata;
        EnginePart *part = engine_part(disk);

        part->verify_slot = sd_bus_slot_unref(part->verify_slot);
        if (sd_bus_message_is_method_error(reply, NULL) && disk->mirror->phase == PHASE_MIRRORING)
                fail_verifier(disk);
        return 0;
}

static void start_verifier(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);
        SocketPath path;
        int r;

        r = verify_unit_write(disk, socket_path(disk->mirror, path));
        if (r >= 0)
                r = disk_unit_start(UNIT_VERIFIER, engine->bus, disk, on_unit, disk,
                                    &part->verify_slot);
        if (r < 0)
                engine_fail_disk(disk, "it cannot be verified: %s", strerror(-r));
        engine->has_no_verifiers = false;
        part->verify_usec = engine_now(engine) + ENGINE_RELAY_USEC;
}

static int ask_verifier(MirrorDisk *disk, const char *request, QuestionFunc func, Question **ret) {
        DiskUnitPath path;

        return relay_ask(engine_of_disk(disk)->event,
                         disk_unit_path(UNIT_VERIFIER, disk, "control", path), request, func, disk,
                         ret);
}

/* One of an earlier mirrord is found by its socket. One that was there and has gone has failed. */
static void follow_verifier(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);

        if (disk->proof >= PROOF_UNSETTLED || part->verify_question || part->verify_slot ||
            ask_verifier(disk, "status", on_verifier, &part->verify_question) >= 0)
                return;
        if (part->verify_usec == 0)
                start_verifier(disk);
        else if (disk->proof == PROOF_RUNNING || engine_now(engine) > part->verify_usec)
                fail_verifier(disk);
        else
                (void) disk_unit_find(UNIT_VERIFIER, engine->bus, disk, on_unit, disk,
                                      &part->verify_slot);
}

static void on_synced(void *userdata, int r, const char *answer) {
        engine_part(userdata)->synced_question = NULL;
}

void engine_tell_synced(MirrorDisk *disk) {
        EnginePart *part = engine_part(disk);

        if (disk->proof == PROOF_RUNNING && part->may_tell && !part->synced_question)
                (void) ask_verifier(disk, "synced", on_synced, &part->synced_question);
}

void engine_take_verifiers_down(Engine *engine) {
        if (engine->has_no_verifiers)
                return;
        engine->has_no_verifiers = true;
        for (size_t i = 0; i < engine->mirror->n_disks; i++) {
                MirrorDisk *disk = engine->mirror->disks + i;

                if (disk->verify_port > 0)
                        take_verifier_down(disk);
        }
}

void engine_remove_server(Engine *engine) {
        engine->mirror->has_server = false;
        remove_folder(engine->mirror);
}

/* ---- the end */

/* Whatever it says: what it exported is not exported any more, or there is nothing. */
static void on_stopped(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Engine *engine = userdata;

        engine->is_proving = false;
        if (r < 0 && r != -EREMOTEIO)
                return;
        engine->proof = PROOF_STEP_NOTHING;
        engine->server_usec = 0;
        (void) set_server(engine, false);
        remove_folder(engine->mirror);
        engine_look_soon(engine, 0);
}

static bool end(Engine *engine) {
        if (!engine->mirror->has_server && engine->proof == PROOF_STEP_NOTHING)
                return true;
        engine_take_verifiers_down(engine);
        /* One that was asked for and is somebody else's. */
        if (!is_ours(engine)) {
                (void) set_server(engine, false);
                engine->proof = PROOF_STEP_NOTHING;
                remove_folder(engine->mirror);
                return true;
        }
        engine->proof = PROOF_STEP_ENDING;
        engine->is_proving = engine_stop_server(engine->qmp, on_stopped, engine) >= 0;
        return false;
}

static bool is_wanted(const Mirror *mirror) {
        bool has_proof = true;

        if (mirror->phase != PHASE_MIRRORING || mirror->is_paused ||
            (mirror->verify == VERIFY_NEVER && !mirror->is_verifying_again))
                return false;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                if (mirror->disks[i].state != DISK_READY)
                        return false;
                has_proof &= mirror->disks[i].proof >= PROOF_UNSETTLED;
        }

        return !has_proof;
}

/* A failure that could not be written down is one at the next look. */
static void fail_different(Engine *engine) {
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                if (engine->mirror->disks[i].proof == PROOF_DIFFERENT &&
                    engine->mirror->phase == PHASE_MIRRORING)
                        engine_fail_disk(engine->mirror->disks + i, "its target is another one.");
}

bool engine_prove(Engine *engine) {
        fail_different(engine);
        if (engine->is_proving)
                return false;
        if (!is_wanted(engine->mirror) || engine->proof == PROOF_STEP_ENDING)
                return end(engine);

        if (engine->proof == PROOF_STEP_NOTHING) {
                engine->proof = PROOF_STEP_SERVER;
                start_server(engine);
                if (!engine->is_proving)
                        engine->proof = PROOF_STEP_NOTHING;
        } else if (engine->proof == PROOF_STEP_EXPORTS)
                add_export(engine);
        else if (engine->proof == PROOF_STEP_RUNNING)
                for (size_t i = 0; i < engine->mirror->n_disks; i++)
                        follow_verifier(engine->mirror->disks + i);
        return false;
}

void engine_proof_stop(Engine *engine) {
        for (size_t i = 0; i < MIRROR_DISKS_MAX; i++) {
                (void) question_free(engine->parts[i].verify_question);
                (void) question_free(engine->parts[i].synced_question);
                (void) sd_bus_slot_unref(engine->parts[i].verify_slot);
        }
}
