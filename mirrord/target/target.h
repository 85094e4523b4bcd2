/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A target: disks on this host that a mirror fills, as it is written down (target-store.h) and as
 * it was last seen. What is done about it is work.h's; how it looks on the bus is target-bus.h's.
 */

#include "mirrord/mirror.h"
#include "mirrord/storage/request.h"

#define TARGET_FIRST_PORT 49152
#define TARGET_LAST_PORT 49407

/* What is to become of it: on disk before anything is done. */
typedef enum TargetPhase {
        TARGET_PHASE_MAKING,
        TARGET_PHASE_PREPARED,
        TARGET_PHASE_EXPORTING,
        TARGET_PHASE_WITHDRAWING, /* the export failed, or QEMU went: back to prepared */
        TARGET_PHASE_COMMITTING,
        TARGET_PHASE_REMOVING,
        TARGET_PHASE_ENDED,
        _TARGET_PHASE_MAX,
} TargetPhase;

/* What people see. */
typedef enum TargetState {
        TARGET_NEW,
        TARGET_PREPARED,
        TARGET_EXPORTING,
        TARGET_LISTENING,
        TARGET_COMMITTING,
        TARGET_KEPT,
        TARGET_REMOVING,
        TARGET_REMOVED,
        TARGET_FAILED,
        _TARGET_STATE_MAX,
} TargetState;

/* Of one disk, what the ledger knows. What lies between two of them may have been done or not. */
typedef enum TargetStage {
        STAGE_NEW,    /* nothing was made */
        STAGE_FOUND,  /* it was there before: never removed */
        STAGE_MAKING, /* being made, with its token */
        STAGE_MADE,   /* made, and known again by its identity; a file has not got its name */
        STAGE_PLACED,
        STAGE_KEPT, /* made, and nobody's to remove any more */
        STAGE_GONE,
        _TARGET_STAGE_MAX,
} TargetStage;

const char *target_phase_text(TargetPhase phase);
const char *target_state_text(TargetState state);
const char *target_stage_text(TargetStage stage);

/* What runs for each disk. */
typedef enum TargetUnit {
        TARGET_RELAY,
        TARGET_VERIFIER,
        _TARGET_UNIT_MAX,
} TargetUnit;

typedef struct Target Target;

typedef struct TargetDisk {
        Target *target;

        /* What was asked for. */
        char name[MIRROR_NAME_MAX + 1]; /* the target name, and the export's */
        uint64_t size_bytes;
        char path[STORAGE_PATH_MAX + 1];
        StorageFormat format;
        StorageAllocation allocation;
        bool may_overwrite, may_overcommit;
        char owner[33];

        TargetStage stage;
        StorageKind kind;
        StorageMark token, place, identity;
        char node[MIRROR_NODE_MAX + 1];   /* that is exported; "": none */
        char key[MIRROR_KEY_MAX + 1];     /* "": no TLS, or by certificates */
        uint16_t ports[_TARGET_UNIT_MAX]; /* 0: not known yet */

        /* As last seen. */
        bool is_checked;
        char *why; /* it is there still; NULL: nobody tried to remove it */
} TargetDisk;

struct Target {
        TAILQ_ENTRY(Target) targets;
        char id[MIRROR_NAME_MAX + 1];

        /* What was asked for. */
        char *address;
        uint16_t first_port, last_port;
        bool is_plain;                  /* no TLS */
        char *certificates, *peer_name; /* NULL: TLS by keys, or none */
        uint32_t uid;
        uint64_t started_usec; /* CLOCK_REALTIME */

        TargetPhase phase;
        TargetState state;
        char *message;   /* NULL: nothing is wrong */
        char *monitor;   /* NULL: nothing is exported */
        bool is_served;  /* by a storage daemon of ours, whose monitor that is */
        bool has_server; /* the NBD server is ours: written down before it is started */
        bool is_forgotten;
        TargetDisk disks[MIRROR_DISKS_MAX];
        size_t n_disks;

        void *work; /* work.h's; NULL when nothing is to be done */
};

Target *target_new(void);
Target *target_free(Target *target);
DEFINE_CLEANUP(Target *, target_free);

/* NULL when the list is full. */
TargetDisk *target_add_disk(Target *target);
TargetDisk *target_find_disk(Target *target, const char *name);

/* What was asked for is the same. */
bool target_is_same(const Target *a, const Target *b);

bool target_id_is_valid(const char *id);

/* Of n bytes, as hex digits. */
int target_draw(char *ret, size_t n);

/* It is in the ledger: made for this target, or maybe made, and not removed. */
bool target_disk_is_left(const TargetDisk *disk);
bool target_disk_is_created(const TargetDisk *disk);
bool target_has_leftovers(const Target *target);

/* "target.web-vda": of units and files. No job of that name can be. */
const char *target_unit_name(const TargetDisk *disk, MirrorPart ret);
const char *target_export_name(const TargetDisk *disk, MirrorPart ret); /* "npivot-web-vda" */

/* A directory of QEMU's user, with its sockets. */
#define TARGET_ROOT "/run/npivot/mirror/target"
typedef char TargetPath[sizeof TARGET_ROOT + MIRROR_NAME_MAX + 16];
const char *target_dir(const Target *target, TargetPath ret);
const char *target_socket(const Target *target, TargetPath ret);  /* of the NBD server */
const char *target_monitor(const Target *target, TargetPath ret); /* of a daemon of ours */
