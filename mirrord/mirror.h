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
        MIRROR_VERIFYING,
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

/* What is compared before the mirror counts as ready. */
typedef enum MirrorVerify {
        VERIFY_NEVER,
        VERIFY_SAMPLE,
        VERIFY_ALWAYS,
        _VERIFY_MAX,
} MirrorVerify;

/* What comparing a disk with its target has come to. */
typedef enum DiskProof {
        PROOF_PENDING,
        PROOF_RUNNING,
        PROOF_UNSETTLED, /* nothing is another one; some blocks were written at every look */
        PROOF_SAME,
        PROOF_DIFFERENT,
        _PROOF_MAX,
} DiskProof;

/* Who does it. */
typedef enum MirrorKind {
        MIRROR_QEMU,   /* block jobs of QEMU: engine.h */
        MIRROR_LEGACY, /* QEMU's old block migration: legacy.h. One disk, "machine", is the whole */
        _MIRROR_KIND_MAX,
} MirrorKind;

/* What of a disk is taken apart and begun again. */
typedef enum DiskAgain {
        AGAIN_NOTHING,
        AGAIN_JOB,     /* the block job, in another copy mode */
        AGAIN_CHANNEL, /* everything: its connection broke */
        _AGAIN_MAX,
} DiskAgain;

/* Whether the guest lets it come to its end, see pace.h. */
typedef enum MirrorConvergence {
        CONVERGENCE_UNKNOWN,
        CONVERGENCE_GOOD,
        CONVERGENCE_BAD,
        CONVERGENCE_FORCED,
        _CONVERGENCE_MAX,
} MirrorConvergence;

const char *mirror_phase_text(MirrorPhase phase);
const char *mirror_state_text(MirrorState state);
const char *disk_state_text(DiskState state);
const char *mirror_sync_text(MirrorSync sync);
const char *mirror_kind_text(MirrorKind kind);
const char *mirror_verify_text(MirrorVerify verify);
const char *mirror_convergence_text(MirrorConvergence convergence);
const char *mirror_copy_mode_text(bool is_write_blocking);

typedef struct Mirror Mirror;

typedef struct MirrorDisk {
        Mirror *mirror;
        char name[MIRROR_NAME_MAX + 1]; /* the target name, and the export's */
        char node[MIRROR_NODE_MAX + 1];
        uint64_t size_bytes;
        uint16_t port, verify_port;   /* of its verifier; 0: there is none */
        char key[MIRROR_KEY_MAX + 1]; /* "": no TLS */
        bool is_finished; /* its mirror ended well: written down before it is dismissed */
        DiskAgain again;  /* written down before it is taken apart */
        DiskProof proof;
        bool has_own_bitmap; /* incremental: made by this mirror for this target */

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
        MirrorKind kind;
        char *monitor, *address, *bitmap; /* bitmap: NULL without */
        MirrorSync sync;
        bool is_write_blocking; /* asked for, or made so by the governor */
        bool is_forced;         /* by the governor */
        bool is_governed;       /* it may be */
        bool is_paused;
        MirrorVerify verify;
        bool is_verifying_again; /* Verify() was called: every block, whatever was asked for at
                                    first */
        bool has_server;         /* QEMU's NBD server is ours: written down before it is started */
        bool is_begun;           /* MIRROR_LEGACY: written down before QEMU is told to move */
        bool was_running;        /* and whether its guest ran then */
        uint32_t stall_msec;     /* 0: as the copy mode has it, mirror_stall_msec() */
        uint32_t n_retries_max, n_retried;
        char *certificates, *peer_name; /* a directory; NULL: TLS by keys, or none */
        uint64_t speed;                 /* bytes a second, 0: no limit */
        uint32_t uid;
        uint64_t started_usec; /* CLOCK_REALTIME */
        MirrorPhase phase;
        MirrorState state;
        char *message; /* why it failed; NULL: it has not */
        MirrorDisk disks[MIRROR_DISKS_MAX];
        size_t n_disks;

        MirrorConvergence convergence;
        uint64_t rate, dirty_rate; /* bytes a second */
        uint64_t n_done, n_total;  /* of all disks */
        uint64_t eta_usec;         /* UINT64_MAX: nobody knows */
        void *engine;              /* the engine's; NULL when it has ended */
};

/* "never", or the least that the disks have come to. */
const char *mirror_verification_text(const Mirror *mirror);

Mirror *mirror_new(void);
Mirror *mirror_free(Mirror *mirror);
DEFINE_CLEANUP(Mirror *, mirror_free);

/* The same disks of the same QEMU to the same places, whatever has become of them. */
bool mirror_is_same_request(const Mirror *a, const Mirror *b);

/* NULL when the list is full. */
MirrorDisk *mirror_add_disk(Mirror *mirror);

/* Ended: nothing is copied any more, and nothing is to come. */
void mirror_stand_still(Mirror *mirror);

/* Read back, ended: its disks as its end tells. How much was copied is not written down. */
void mirror_recall_disks(Mirror *mirror);

/* The first words stay. Text from elsewhere is made safe. */
void mirror_set_message(char **message, const char *format, ...) _printf_(2, 3);

/* A target that owes an answer for so long is given up. */
#define MIRROR_STALL_MSEC 30000
#define MIRROR_STALL_BLOCKING_MSEC 5000
uint32_t mirror_stall_msec(const Mirror *mirror);

/* What a job of MIRROR_LEGACY has for a disk. */
#define MIRROR_MACHINE "machine"

/* What the caller may call a mirror: a letter, then letters, digits and "_". QEMU's node names are
 * short, and it is a part of them. */
#define MIRROR_ID_MAX 20
bool mirror_id_is_valid(const char *id);

/* Letters, digits, "_", "-" and ".", not "." first, 1 to max bytes. */
bool mirror_name_is_valid(const char *name, size_t max);

/* What QEMU and systemd know the parts of a disk's mirror by. */
#define MIRROR_PART_MAX 96
typedef char MirrorPart[MIRROR_PART_MAX];
#define MIRROR_PART_PREFIX "npivot-"
const char *mirror_job_name(const MirrorDisk *disk, MirrorPart ret); /* "npivot-7-vda" */
const char *mirror_last_job_name(const MirrorDisk *disk,
                                 MirrorPart ret); /* "npivotlast-7-vda": no other disk's */
const char *mirror_bitmap_name(const Mirror *mirror, MirrorPart ret); /* "npivot-7" */
const char *mirror_node_name(const MirrorDisk *disk,
                             MirrorPart ret); /* "npivot-7-0": node names are short */
const char *mirror_relay_name(const MirrorDisk *disk, MirrorPart ret); /* "7-vda", of the units */
