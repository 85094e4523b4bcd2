/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/engine-command.h"

#include "common/escape.h"
#include "mirrord/disk-unit.h"
#include "mirrord/engine-part.h"

#include <inttypes.h>
#include <string.h>

#define PASS_CHUNK (256ULL * 1024)

/* The relay is the first to lose patience. */
#define FLUSH_USEC ((ENGINE_FLUSH_MSEC + 30000) * 1000ULL)

static const char *const names[_ENGINE_COMMAND_MAX] = {
        [ENGINE_ADD_NODE] = "blockdev-add",    [ENGINE_ADD_JOB] = "blockdev-mirror",
        [ENGINE_FINISH] = "block-job-cancel",  [ENGINE_CANCEL] = "block-job-cancel",
        [ENGINE_DISMISS] = "job-dismiss",      [ENGINE_REMOVE_NODE] = "blockdev-del",
        [ENGINE_PAUSE] = "job-pause",          [ENGINE_RESUME] = "job-resume",
        [ENGINE_ADD_BITMAP] = "transaction",   [ENGINE_REMOVE_BITMAP] = "block-dirty-bitmap-remove",
        [ENGINE_ADD_PASS] = "blockdev-backup", [ENGINE_FLUSH] = "blockdev-reopen",
};

const char *engine_command_name(EngineCommand command) {
        return names[command];
}

/* QEMU's block.c, blockdev.c and job-qmp.c have these words since 2.x; there are no classes. */
bool engine_is_harmless(EngineCommand command, const char *words) {
        switch (command) {
        case ENGINE_ADD_NODE:
                return strstr(words, "Duplicate nodes") != NULL;
        case ENGINE_ADD_BITMAP:
                return strstr(words, "Bitmap already exists") != NULL;
        case ENGINE_REMOVE_BITMAP:
                return strstr(words, "not found") != NULL;
        case ENGINE_ADD_JOB:
        case ENGINE_ADD_PASS:
                return strstr(words, "already in use") != NULL && strstr(words, "Job ID") != NULL;
        case ENGINE_REMOVE_NODE:
                return strstr(words, "Failed to find node") != NULL ||
                       strstr(words, "Cannot find device") != NULL;
        case ENGINE_FINISH:
        case ENGINE_CANCEL:
        case ENGINE_DISMISS:
        case ENGINE_PAUSE:
        case ENGINE_RESUME:
                /* It went meanwhile; the next look tells. */
                return strstr(words, "not found") != NULL || strstr(words, "in state") != NULL ||
                       strstr(words, "already paused") != NULL ||
                       /* Its pause takes effect once all that is on its way has arrived. */
                       (command == ENGINE_FINISH && strstr(words, "currently paused") != NULL) ||
                       strstr(words, "not paused") != NULL;
        default:
                return false;
        }
}

#define DEFINE_ANSWER(name, command) \
        static void name(void *userdata, int r, const JsonValue *value, const QmpError *error) { \
                engine_answered(userdata, command, r, error ? error->words : strerror(-r)); \
        } \
        struct name##_needs_a_semicolon

DEFINE_ANSWER(on_add_node, ENGINE_ADD_NODE);
DEFINE_ANSWER(on_add_job, ENGINE_ADD_JOB);
DEFINE_ANSWER(on_finish, ENGINE_FINISH);
DEFINE_ANSWER(on_cancel, ENGINE_CANCEL);
DEFINE_ANSWER(on_dismiss, ENGINE_DISMISS);
DEFINE_ANSWER(on_remove_node, ENGINE_REMOVE_NODE);
DEFINE_ANSWER(on_pause, ENGINE_PAUSE);
DEFINE_ANSWER(on_resume, ENGINE_RESUME);
DEFINE_ANSWER(on_add_bitmap, ENGINE_ADD_BITMAP);
DEFINE_ANSWER(on_remove_bitmap, ENGINE_REMOVE_BITMAP);
DEFINE_ANSWER(on_add_pass, ENGINE_ADD_PASS);
DEFINE_ANSWER(on_flush, ENGINE_FLUSH);

static void send(Qmp *qmp, MirrorDisk *disk, EngineCommand command, QmpArguments *arguments) {
        static const QmpFunc answers[_ENGINE_COMMAND_MAX] = {
                [ENGINE_ADD_NODE] = on_add_node,     [ENGINE_ADD_JOB] = on_add_job,
                [ENGINE_FINISH] = on_finish,         [ENGINE_CANCEL] = on_cancel,
                [ENGINE_DISMISS] = on_dismiss,       [ENGINE_REMOVE_NODE] = on_remove_node,
                [ENGINE_PAUSE] = on_pause,           [ENGINE_RESUME] = on_resume,
                [ENGINE_ADD_BITMAP] = on_add_bitmap, [ENGINE_REMOVE_BITMAP] = on_remove_bitmap,
                [ENGINE_ADD_PASS] = on_add_pass,     [ENGINE_FLUSH] = on_flush,
        };
        const QmpCall call = {
                .command = names[command],
                .arguments = arguments,
                .func = answers[command],
                .userdata = disk,
                /* A second one would not be told of an error that the first one was told of. */
                .timeout_usec = command == ENGINE_FLUSH ? FLUSH_USEC : 0,
        };
        int r;

        disk->is_busy = true;
        r = arguments ? qmp_execute(qmp, &call) : -ENOMEM;
        if (r < 0)
                engine_answered(disk, command, r, strerror(-r));
}

/* Through the relay: a unix socket, whatever there is between the hosts. */
static QmpArguments *new_node(const MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new(), *server = qmp_arguments_new();
        MirrorPart node;
        DiskUnitPath path;

        qmp_arguments_string(server, "type", "unix");
        qmp_arguments_string(server, "path", disk_unit_path(UNIT_RELAY, disk, "nbd", path));
        qmp_arguments_string(arguments, "driver", "nbd");
        qmp_arguments_string(arguments, "node-name", mirror_node_name(disk, node));
        qmp_arguments_string(arguments, "export", disk->name);
        qmp_arguments_string(arguments, "discard", "unmap");
        qmp_arguments_object(arguments, "server", server);
        return arguments;
}

void engine_add_node(Qmp *qmp, MirrorDisk *disk) {
        send(qmp, disk, ENGINE_ADD_NODE, new_node(disk));
}

void engine_flush(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();

        qmp_arguments_append(arguments, "options", new_node(disk));
        send(qmp, disk, ENGINE_FLUSH, arguments);
}

/*
 * Before a mirror in full QEMU makes the target all zeroes, of each 2 GiB 32 MiB after 32 MiB, when
 * those before have been answered: 10 ms each to a host that is so far, and a LUN that cannot unmap
 * is written twice. Of a disk without a backing file "top" is the same mirror without that
 * (qmp_blockdev_mirror()), and all that is needed if each byte is written anyway.
 */
static MirrorSync sync_of(const Mirror *mirror, bool is_raw) {
        return mirror->sync == SYNC_FULL && is_raw ? SYNC_TOP : mirror->sync;
}

/*
 * auto-dismiss: a job that ended is there until we have seen how. Errors of the target end the
 * mirror and never stop the guest.
 */
void engine_add_job(Qmp *qmp, MirrorDisk *disk, bool is_raw) {
        const Mirror *mirror = disk->mirror;
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job, node;

        qmp_arguments_string(arguments, "job-id", mirror_job_name(disk, job));
        qmp_arguments_string(arguments, "device", disk->node);
        qmp_arguments_string(arguments, "target", mirror_node_name(disk, node));
        qmp_arguments_string(arguments, "sync", mirror_sync_text(sync_of(mirror, is_raw)));
        engine_part(disk)->has_mode = true;
        if (mirror->is_write_blocking)
                qmp_arguments_string(arguments, "copy-mode", mirror_copy_mode_text(true));
        qmp_arguments_number(arguments, "buf-size",
                             pace_buffer_bytes(mirror->speed, engine_part(disk)->rtt_usec));
        qmp_arguments_string(arguments, "on-source-error", "report");
        qmp_arguments_string(arguments, "on-target-error", "report");
        qmp_arguments_bool(arguments, "auto-dismiss", false);
        send(qmp, disk, ENGINE_ADD_JOB, arguments);
}

/* The one that there is: the last pass of an incremental mirror has a name of its own. */
static const char *name_job(const MirrorDisk *disk, MirrorPart ret) {
        return engine_part(disk)->is_last ? mirror_last_job_name(disk, ret)
                                          : mirror_job_name(disk, ret);
}

static void cancel(Qmp *qmp, MirrorDisk *disk, EngineCommand command, bool is_forced) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job;

        qmp_arguments_string(arguments, "device", name_job(disk, job));
        qmp_arguments_bool(arguments, "force", is_forced);
        send(qmp, disk, command, arguments);
}

/* Of a mirror that is ready, "cancel" without force is the end at which the target is whole. */
void engine_finish(Qmp *qmp, MirrorDisk *disk) {
        cancel(qmp, disk, ENGINE_FINISH, false);
}

void engine_cancel(Qmp *qmp, MirrorDisk *disk) {
        cancel(qmp, disk, ENGINE_CANCEL, true);
}

static void send_job(Qmp *qmp, MirrorDisk *disk, EngineCommand command) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job;

        qmp_arguments_string(arguments, "id", name_job(disk, job));
        send(qmp, disk, command, arguments);
}

void engine_dismiss(Qmp *qmp, MirrorDisk *disk) {
        send_job(qmp, disk, ENGINE_DISMISS);
}

void engine_pause(Qmp *qmp, MirrorDisk *disk) {
        send_job(qmp, disk, ENGINE_PAUSE);
}

void engine_resume(Qmp *qmp, MirrorDisk *disk) {
        send_job(qmp, disk, ENGINE_RESUME);
}

void engine_remove_node(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart node;

        qmp_arguments_string(arguments, "node-name", mirror_node_name(disk, node));
        send(qmp, disk, ENGINE_REMOVE_NODE, arguments);
}

/* ---- incremental */

static void add_action(QmpArguments *transaction, const char *type, QmpArguments *data) {
        QmpArguments *action = qmp_arguments_new();

        qmp_arguments_string(action, "type", type);
        qmp_arguments_object(action, "data", data);
        qmp_arguments_append(transaction, "actions", action);
}

static QmpArguments *name_bitmap(const MirrorDisk *disk, const char *key) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart bitmap;

        qmp_arguments_string(arguments, "node", disk->node);
        qmp_arguments_string(arguments, key, mirror_bitmap_name(disk->mirror, bitmap));
        return arguments;
}

/* Both at once, or none. */
void engine_add_bitmap(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *transaction = qmp_arguments_new(), *merge = name_bitmap(disk, "target");

        qmp_arguments_append_string(merge, "bitmaps", disk->mirror->bitmap);
        add_action(transaction, "block-dirty-bitmap-add", name_bitmap(disk, "name"));
        add_action(transaction, "block-dirty-bitmap-merge", merge);
        send(qmp, disk, ENGINE_ADD_BITMAP, transaction);
}

void engine_remove_bitmap(Qmp *qmp, MirrorDisk *disk) {
        send(qmp, disk, ENGINE_REMOVE_BITMAP, name_bitmap(disk, "name"));
}

/* "incremental": the bitmap has what was written since the pass began, if it ends well. */
/*
 * Backup has 64 MiB on its way, however slow that is, and any QEMU lets it arrive before it adds
 * the node of another disk; it and the guest stand still for that. The chunk is no less than
 * backup's cluster, 64 KiB (qapi/block-core.json, BackupPerf; 6.0 and later).
 */
static QmpArguments *pass_perf(const MirrorDisk *disk) {
        uint64_t bytes = pace_buffer_bytes(disk->mirror->speed, engine_part(disk)->rtt_usec);
        QmpArguments *perf = qmp_arguments_new();

        qmp_arguments_number(perf, "max-chunk", PASS_CHUNK);
        qmp_arguments_number(perf, "max-workers", bytes > PASS_CHUNK ? bytes / PASS_CHUNK : 1);
        return perf;
}

void engine_add_pass(Qmp *qmp, MirrorDisk *disk, bool is_last) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job, node, bitmap;

        qmp_arguments_string(arguments, "job-id",
                             is_last ? mirror_last_job_name(disk, job)
                                     : mirror_job_name(disk, job));
        qmp_arguments_string(arguments, "device", disk->node);
        qmp_arguments_string(arguments, "target", mirror_node_name(disk, node));
        qmp_arguments_string(arguments, "sync", "incremental");
        qmp_arguments_string(arguments, "bitmap", mirror_bitmap_name(disk->mirror, bitmap));
        if (disk->mirror->speed > 0)
                qmp_arguments_object(arguments, "x-perf", pass_perf(disk));
        qmp_arguments_string(arguments, "on-source-error", "report");
        qmp_arguments_string(arguments, "on-target-error", "report");
        qmp_arguments_bool(arguments, "auto-dismiss", false);
        send(qmp, disk, ENGINE_ADD_PASS, arguments);
}

static int ask(Qmp *qmp, const char *command, QmpArguments *arguments, QmpFunc func,
               void *userdata) {
        return qmp_execute(qmp, &(QmpCall){ .command = command,
                                            .arguments = arguments,
                                            .func = func,
                                            .userdata = userdata });
}

int engine_ask_jobs(Qmp *qmp, QmpFunc func, void *userdata) {
        return ask(qmp, "query-jobs", NULL, func, userdata);
}

int engine_ask_other_jobs(Qmp *qmp, QmpFunc func, void *userdata) {
        return ask(qmp, "query-block-jobs", NULL, func, userdata);
}

int engine_ask_nodes(Qmp *qmp, QmpFunc func, void *userdata) {
        QmpArguments *arguments = qmp_arguments_new();

        if (!arguments)
                return -ENOMEM;
        qmp_arguments_bool(arguments, "flat", true);
        return ask(qmp, "query-named-block-nodes", arguments, func, userdata);
}

int engine_ask_schema(Qmp *qmp, QmpFunc func, void *userdata) {
        return ask(qmp, "query-qmp-schema", NULL, func, userdata);
}

/* QEMU 8.2 and later. */
void engine_change_mode(Qmp *qmp, MirrorDisk *disk, QmpFunc func) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job;

        qmp_arguments_string(arguments, "id", mirror_job_name(disk, job));
        qmp_arguments_string(arguments, "type", "mirror");
        qmp_arguments_string(arguments, "copy-mode",
                             mirror_copy_mode_text(disk->mirror->is_write_blocking));
        disk->is_busy = arguments && ask(qmp, "block-job-change", arguments, func, disk) >= 0;
}

int engine_start_server(Qmp *qmp, const char *socket, QmpFunc func, void *userdata) {
        QmpArguments *arguments = qmp_arguments_new(), *address = qmp_arguments_new(),
                     *data = qmp_arguments_new();

        qmp_arguments_string(data, "path", socket);
        qmp_arguments_string(address, "type", "unix");
        qmp_arguments_object(address, "data", data);
        qmp_arguments_object(arguments, "addr", address);
        return arguments ? ask(qmp, "nbd-server-start", arguments, func, userdata) : -ENOMEM;
}

int engine_add_export(Qmp *qmp, const MirrorDisk *disk, QmpFunc func, void *userdata) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart id;

        qmp_arguments_string(arguments, "type", "nbd");
        qmp_arguments_string(arguments, "id", mirror_node_name(disk, id));
        qmp_arguments_string(arguments, "node-name", disk->node);
        qmp_arguments_string(arguments, "name", disk->name);
        qmp_arguments_bool(arguments, "writable", false);
        return arguments ? ask(qmp, "block-export-add", arguments, func, userdata) : -ENOMEM;
}

int engine_stop_server(Qmp *qmp, QmpFunc func, void *userdata) {
        return ask(qmp, "nbd-server-stop", NULL, func, userdata);
}
