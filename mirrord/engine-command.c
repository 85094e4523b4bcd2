/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/engine-command.h"

#include "common/escape.h"
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <string.h>

static const char *const names[_ENGINE_COMMAND_MAX] = {
        [ENGINE_ADD_NODE] = "blockdev-add",   [ENGINE_ADD_JOB] = "blockdev-mirror",
        [ENGINE_FINISH] = "block-job-cancel", [ENGINE_CANCEL] = "block-job-cancel",
        [ENGINE_DISMISS] = "job-dismiss",     [ENGINE_REMOVE_NODE] = "blockdev-del",
};

const char *engine_command_name(EngineCommand command) {
        return names[command];
}

/* QEMU's block.c, blockdev.c and job-qmp.c have these words since 2.x; there are no classes. */
bool engine_is_harmless(EngineCommand command, const char *words) {
        switch (command) {
        case ENGINE_ADD_NODE:
                return strstr(words, "Duplicate nodes") != NULL;
        case ENGINE_ADD_JOB:
                return strstr(words, "already in use") != NULL && strstr(words, "Job ID") != NULL;
        case ENGINE_REMOVE_NODE:
                return strstr(words, "Failed to find node") != NULL ||
                       strstr(words, "Cannot find device") != NULL;
        case ENGINE_FINISH:
        case ENGINE_CANCEL:
        case ENGINE_DISMISS:
                /* It went meanwhile; the next look tells. */
                return strstr(words, "not found") != NULL || strstr(words, "in state") != NULL;
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

static void send(Qmp *qmp, MirrorDisk *disk, EngineCommand command, QmpArguments *arguments) {
        static const QmpFunc answers[_ENGINE_COMMAND_MAX] = {
                [ENGINE_ADD_NODE] = on_add_node, [ENGINE_ADD_JOB] = on_add_job,
                [ENGINE_FINISH] = on_finish,     [ENGINE_CANCEL] = on_cancel,
                [ENGINE_DISMISS] = on_dismiss,   [ENGINE_REMOVE_NODE] = on_remove_node,
        };
        const QmpCall call = {
                .command = names[command],
                .arguments = arguments,
                .func = answers[command],
                .userdata = disk,
        };
        int r;

        disk->is_busy = true;
        r = arguments ? qmp_execute(qmp, &call) : -ENOMEM;
        if (r < 0)
                engine_answered(disk, command, r, strerror(-r));
}

/* Through the relay: a unix socket, whatever there is between the hosts. */
void engine_add_node(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new(), *server = qmp_arguments_new();
        MirrorPart node;
        RelayPath path;

        qmp_arguments_string(server, "type", "unix");
        qmp_arguments_string(server, "path", relay_socket_path(disk, path));
        qmp_arguments_string(arguments, "driver", "nbd");
        qmp_arguments_string(arguments, "node-name", mirror_node_name(disk, node));
        qmp_arguments_string(arguments, "export", disk->name);
        qmp_arguments_string(arguments, "discard", "unmap");
        qmp_arguments_object(arguments, "server", server);
        send(qmp, disk, ENGINE_ADD_NODE, arguments);
}

/*
 * auto-dismiss: a job that ended is there until we have seen how. Errors of the target end the
 * mirror and never stop the guest.
 */
void engine_add_job(Qmp *qmp, MirrorDisk *disk) {
        const Mirror *mirror = disk->mirror;
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job, node;

        qmp_arguments_string(arguments, "job-id", mirror_job_name(disk, job));
        qmp_arguments_string(arguments, "device", disk->node);
        qmp_arguments_string(arguments, "target", mirror_node_name(disk, node));
        qmp_arguments_string(arguments, "sync", mirror_sync_text(mirror->sync));
        if (mirror->bitmap)
                qmp_arguments_string(arguments, "bitmap", mirror->bitmap);
        if (mirror->is_write_blocking)
                qmp_arguments_string(arguments, "copy-mode", "write-blocking");
        qmp_arguments_string(arguments, "on-source-error", "report");
        qmp_arguments_string(arguments, "on-target-error", "report");
        qmp_arguments_bool(arguments, "auto-dismiss", false);
        send(qmp, disk, ENGINE_ADD_JOB, arguments);
}

static void cancel(Qmp *qmp, MirrorDisk *disk, EngineCommand command, bool is_forced) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job;

        qmp_arguments_string(arguments, "device", mirror_job_name(disk, job));
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

void engine_dismiss(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart job;

        qmp_arguments_string(arguments, "id", mirror_job_name(disk, job));
        send(qmp, disk, ENGINE_DISMISS, arguments);
}

void engine_remove_node(Qmp *qmp, MirrorDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart node;

        qmp_arguments_string(arguments, "node-name", mirror_node_name(disk, node));
        send(qmp, disk, ENGINE_REMOVE_NODE, arguments);
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

static bool is_own(const Mirror *mirror, const char *job) {
        for (size_t i = 0; i < mirror->n_disks; i++) {
                MirrorPart name;

                if (strcmp(mirror_job_name(mirror->disks + i, name), job) == 0)
                        return true;
        }

        return false;
}

int engine_check_jobs(const Mirror *mirror, const JsonValue *jobs, char *words, size_t size) {
        for (size_t i = 0; i < json_read_length(jobs); i++) {
                const JsonValue *job = json_read_item(jobs, i);
                const char *name = json_read_string(job, "device");

                if (is_own(mirror, name))
                        continue;
                (void) snprintf(
                        words, size,
                        "QEMU is at work on another block job, %.100s (%.40s): wait until it "
                        "has ended, or cancel it.",
                        name, json_read_string(job, "type"));
                (void) escape_in_place(words);
                return -EBUSY;
        }

        return 0;
}

static const JsonValue *find_node(const JsonValue *nodes, const char *name) {
        for (size_t i = 0; i < json_read_length(nodes); i++)
                if (strcmp(json_read_string(json_read_item(nodes, i), "node-name"), name) == 0)
                        return json_read_item(nodes, i);

        return NULL;
}

int engine_check_nodes(const Mirror *mirror, const JsonValue *nodes, char *words, size_t size) {
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;
                const JsonValue *node = find_node(nodes, disk->node);
                uint64_t is;

                if (!node) {
                        (void) snprintf(words, size, "%s: QEMU has no node “%s”.", disk->name,
                                        disk->node);
                        return -ENOENT;
                }
                is = json_read_number(json_read_object(node, "image"), "virtual-size", 0);
                if (is == disk->size_bytes)
                        continue;
                (void) snprintf(words, size,
                                "%s: the disk has %" PRIu64
                                " bytes and its target was made for %" PRIu64
                                ": make the target anew.",
                                disk->name, is, disk->size_bytes);
                return -EINVAL;
        }

        return 0;
}
