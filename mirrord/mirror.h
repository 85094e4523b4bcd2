/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A mirror: one job for some disks of one QEMU, as it is written down (mirror-store.h) and as it
 * was last seen. What is done about it is engine.h's; how it looks on the bus is mirror-bus.h's.
 */

#include "common/qmp/qmp.h"

#include <sys/queue.h>

#define MIRROR_DISKS_MAX 64
#define MIRROR_NAME_MAX 31 /* of a disk's target name, and of a job's */
#define MIRROR_NODE_MAX 31 /* QEMU's limit for node names */
#define MIRROR_KEY_MAX 128

/* What is to become of it: changes only as somebody asks, and is on disk before anything is done.
 */
typedef enum MirrorPhase {
        PHASE_MIRRORING,
        PHASE_SWITCHING,
        PHASE_ABORTING,
        PHASE_ENDED,
        _PHASE_MAX,
} MirrorPhase;

/* What people see. */
typedef enum MirrorState {
        MIRROR_NEW,
        MIRROR_COPYING,
        MIRROR_READY,
        MIRROR_SWITCHING,
        MIRROR_DONE,
        MIRROR_FAILED,
        MIRROR_CANCELLING,
        MIRROR_CANCELLED,
        _MIRROR_STATE_MAX,
} MirrorState;

typedef enum DiskState {
        DISK_NEW,
        DISK_RELAY, /* its relay is starting */
        DISK_COPYING,
        DISK_READY,
        DISK_DONE,
        DISK_FAILED,
        _DISK_STATE_MAX,
} DiskState;

typedef enum MirrorSync {
        SYNC_FULL,
        SYNC_TOP,
        SYNC_INCREMENTAL,
        _SYNC_MAX,
} MirrorSync;

const char *mirror_phase_text(MirrorPhase phase);
const char *mirror_state_text(MirrorState state);
const char *disk_state_text(DiskState state);
const char *mirror_sync_text(MirrorSync sync);

typedef struct Mirror Mirror;

typedef struct MirrorDisk {
        Mirror *mirror;
        char name[MIRROR_NAME_MAX + 1]; /* the target name, and the export's */
        char node[MIRROR_NODE_MAX + 1];
        uint64_t size_bytes;
        uint16_t port;
        char key[MIRROR_KEY_MAX + 1]; /* "": no TLS */
        bool is_finished; /* its mirror ended well: written down before it is dismissed */

        /* As last seen. */
        DiskState state;
        uint64_t n_done, n_total;
        char *message; /* NULL: none */
        bool is_busy;  /* a command is on its way */
        bool is_clean; /* nothing of it is left in QEMU, and no relay */
        bool was_started;
} MirrorDisk;

struct Mirror {
        TAILQ_ENTRY(Mirror) mirrors;
        char id[MIRROR_NAME_MAX + 1];
        char *monitor, *address, *bitmap; /* bitmap: NULL without */
        MirrorSync sync;
        bool is_write_blocking;
        uint64_t speed; /* bytes a second, 0: no limit */
        uint32_t uid;
        uint64_t started_usec; /* CLOCK_REALTIME */
        MirrorPhase phase;
        MirrorState state;
        char *message; /* why it failed; NULL: it has not */
        MirrorDisk disks[MIRROR_DISKS_MAX];
        size_t n_disks;

        uint64_t rate; /* bytes a second */
        void *engine;  /* the engine's; NULL when it has ended */
};

Mirror *mirror_new(void);
Mirror *mirror_free(Mirror *mirror);
DEFINE_CLEANUP(Mirror *, mirror_free);

/* NULL when the list is full. */
MirrorDisk *mirror_add_disk(Mirror *mirror);

/* The first words stay. Text from elsewhere is made safe. */
void mirror_set_message(char **message, const char *format, ...) _printf_(2, 3);

/* Letters, digits, "_", "-" and ".", not "." first, 1 to max bytes. */
bool mirror_name_is_valid(const char *name, size_t max);

/* What QEMU and systemd know the parts of a disk's mirror by. */
#define MIRROR_PART_MAX 96
typedef char MirrorPart[MIRROR_PART_MAX];
const char *mirror_job_name(const MirrorDisk *disk, MirrorPart ret); /* "npivot-7-vda" */
const char *mirror_node_name(const MirrorDisk *disk,
                             MirrorPart ret); /* "npivot-7-0": node names are short */
const char *mirror_relay_name(const MirrorDisk *disk, MirrorPart ret); /* "7-vda", of the unit */
