/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands of QEMU that mirrors are made of, and what its answers must look like. Nodes and
 * formats are always explicit (facts of reliability: a probed format is the guest's to choose).
 */

#include "mirrord/mirror.h"

/* What a target may take to write what it has in its caches: the most that StallMsec can be. */
#define ENGINE_FLUSH_MSEC 600000

typedef enum EngineCommand {
        ENGINE_ADD_NODE,
        ENGINE_ADD_JOB,
        ENGINE_FINISH,
        ENGINE_CANCEL,
        ENGINE_DISMISS,
        ENGINE_REMOVE_NODE,
        ENGINE_PAUSE,
        ENGINE_RESUME,
        ENGINE_ADD_BITMAP,
        ENGINE_REMOVE_BITMAP,
        ENGINE_ADD_PASS,
        ENGINE_FLUSH,
        _ENGINE_COMMAND_MAX,
} EngineCommand;

const char *engine_command_name(EngineCommand command);

/* QEMU refuses what has been done already, by a mirrord that was killed: nothing is wrong then. */
bool engine_is_harmless(EngineCommand command, const char *words);

/*
 * Each makes the disk busy, and is answered by engine_answered(), at once if it cannot be sent.
 * Who owns the disks defines that: r is 0, -EREMOTEIO with QEMU's words, or another errno.
 */
void engine_add_node(Qmp *qmp, MirrorDisk *disk);
void engine_add_job(Qmp *qmp, MirrorDisk *disk, bool is_raw);
void engine_finish(Qmp *qmp, MirrorDisk *disk);
void engine_cancel(Qmp *qmp, MirrorDisk *disk);
void engine_dismiss(Qmp *qmp, MirrorDisk *disk);
void engine_remove_node(Qmp *qmp, MirrorDisk *disk);
void engine_pause(Qmp *qmp, MirrorDisk *disk);
void engine_resume(Qmp *qmp, MirrorDisk *disk);

/* Of an incremental mirror: our bitmap, with what the named one has; a pass of what it says. */
void engine_add_bitmap(Qmp *qmp, MirrorDisk *disk);
void engine_remove_bitmap(Qmp *qmp, MirrorDisk *disk);
void engine_add_pass(Qmp *qmp, MirrorDisk *disk, bool is_last);

/*
 * Has the target flush what it was sent, which a mirror does at its end and a backup does not (7.2,
 * 10.0: block/backup.c), and blockdev-del without a word when it fails. Opening its node again as
 * it is does that first, and says so (block.c, bdrv_reopen_prepare(); QEMU 6.1 and later).
 */
void engine_flush(Qmp *qmp, MirrorDisk *disk);

/* To the mirror's copy mode; answered to func. */
void engine_change_mode(Qmp *qmp, MirrorDisk *disk, QmpFunc func);
void engine_answered(MirrorDisk *disk, EngineCommand command, int r, const char *words);

/* Questions about all of QEMU. */
int engine_ask_jobs(Qmp *qmp, QmpFunc func, void *userdata);
int engine_ask_other_jobs(Qmp *qmp, QmpFunc func, void *userdata);
int engine_ask_nodes(Qmp *qmp, QmpFunc func, void *userdata);
int engine_ask_schema(Qmp *qmp, QmpFunc func, void *userdata);

/*
 * QEMU's NBD server, which it has one of, on a unix socket; the export of a node, for reading only;
 * and the end of both. < 0: nobody is answered.
 */
int engine_start_server(Qmp *qmp, const char *socket, QmpFunc func, void *userdata);
int engine_add_export(Qmp *qmp, const MirrorDisk *disk, QmpFunc func, void *userdata);
int engine_stop_server(Qmp *qmp, QmpFunc func, void *userdata);

/* S1.4: nothing but our own block jobs may be active when it begins. Words say which is. */
int engine_check_jobs(const Mirror *mirror, const JsonValue *jobs, char *words, size_t size);

/* S1.16: every node is there, and of the size that the target has; the bitmap, until it was copied.
 */
int engine_check_nodes(const Mirror *mirror, const JsonValue *nodes, char *words, size_t size);

/*
 * A raw disk that is a file or a device itself: QEMU's block layer says of each byte of it that it
 * is there (file-posix.c: data, or zeroes that are allocated), so that a mirror writes all of the
 * target, whatever was there. nodes: of query-named-block-nodes. A node has the path of what it is
 * above as its file only if that is such a node, without options that change it
 * (bdrv_refresh_filename()).
 */
bool engine_is_raw(const JsonValue *nodes, const MirrorDisk *disk);
