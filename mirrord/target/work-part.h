/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the work: disks are made and removed (work-disk.c), exported and withdrawn
 * (work-export.c), with commands of QEMU (work-qemu.c), and have relays and verifiers
 * (work-unit.c). work.c goes from phase to phase.
 */

#include "mirrord/look.h"
#include "mirrord/relay-control.h"
#include "mirrord/target/storage-client.h"
#include "mirrord/target/work.h"

#define WORK_LOOK_USEC LOOK_USEC
#define WORK_SOON_USEC (50 * 1000ULL)

/* Of a QEMU that does not answer; of one whose socket nobody listens on, which has ended. */
#define WORK_LOST_USEC (60 * 1000 * 1000ULL)
#define WORK_GONE_USEC (5 * 1000 * 1000ULL)

/* A relay that neither listens nor fails by then does not come. */
#define WORK_UNIT_USEC (30 * 1000 * 1000ULL)

typedef struct Work Work;

typedef struct WorkUnit {
        Work *work;
        TargetDisk *disk;
        TargetUnit unit;
        Question *question;
        sd_bus_slot *slot;
        uint64_t until_usec; /* when it must listen; 0: it was not started */
        unsigned n_failed;   /* starts in a row that came to nothing */
        bool is_up, is_down;
} WorkUnit;

struct Work {
        Target *target;
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        TargetHandler handler;
        sd_event_source *timer;
        uint64_t look_usec; /* until the next look, if nothing happens */

        StorageQuestion *question;
        TargetDisk *asked; /* whom the question is about */
        StorageVerb verb;
        TargetDisk *same;      /* whose path has what was prepared; NULL: that must be asked */
        uint64_t storage_usec; /* since when there is no answer; 0: there was one */
        struct {
                char key[64];
                uint64_t left;
        } spaces[MIRROR_DISKS_MAX];
        size_t n_spaces;

        Qmp *qmp;
        bool is_looking;
        uid_t uid;          /* QEMU's */
        uint64_t lost_usec; /* since when there is no QEMU; 0: there is one */
        bool is_gone;       /* nobody listens where it was */
        bool is_server_up, is_withdrawn, is_unit_queued;
        sd_bus_slot *slot; /* of the unit of a storage daemon of ours */
        bool is_daemon_up, is_daemon_down, units_were_stopped;
        WorkUnit units[MIRROR_DISKS_MAX][_TARGET_UNIT_MAX];
};

uint64_t work_now(const Work *work); /* CLOCK_MONOTONIC */
void work_look_soon(Work *work, uint64_t usec);
/* The sooner the less it is since something has changed. */
void work_look_later(Work *work);
void work_changed(Work *work);
int work_save(Work *work);

/* Written down before anything else is done. What cannot be is tried again at the next look. */
int work_set_phase(Work *work, TargetPhase phase, TargetState state);

/* Making has failed: what was made is removed. */
void work_fail(Work *work, const char *format, ...) _printf_(2, 3);
/* An export has failed: it is withdrawn, and the disks stay. */
void work_withdraw(Work *work, const char *format, ...) _printf_(2, 3);

/* The next step towards disks that are there. > 0: all are. */
int work_make(Work *work);
/* The next step towards none. > 0: all that can be removed is. */
int work_remove(Work *work);
void work_forget_question(Work *work);
/* Right before a daemon of ours opens it, since nothing has kept it open since it was prepared. >
 * 0: its path has that disk still, which was asked for this once. */
int work_see_again(Work *work, TargetDisk *disk);

/* Towards an export of each disk, and then a relay. */
void work_export(Work *work);
/* > 0: no relay, no export and no server is left, as far as anybody can see. */
int work_take_back(Work *work);
void work_forget_qemu(Work *work);

/* Sends one of QEMU's commands; is_looking until it is answered. */
void work_ask(Work *work, const char *command, QmpArguments *arguments, QmpFunc func);
QmpArguments *work_server_arguments(const Work *work);
QmpArguments *work_export_arguments(const TargetDisk *disk);
QmpArguments *work_removal_arguments(const TargetDisk *disk);
QmpArguments *work_node_arguments(const TargetDisk *disk);
/* The export of the disk among QEMU's. */
const JsonValue *work_find_export(const JsonValue *exports, const TargetDisk *disk);
const JsonValue *work_find_node(const JsonValue *nodes, const char *name);
/* The other file that the header of the node's image names; "": none. */
const char *work_leads_to(const JsonValue *node);

/* > 0: all listen. */
int work_keep_units(Work *work);
/* > 0: all have gone. */
int work_end_units(Work *work);
/* The storage daemon's. > 0: it was started, it has gone. */
int work_start_daemon(Work *work);
int work_end_daemon(Work *work);
void work_forget_units(Work *work);
