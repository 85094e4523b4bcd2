/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the engine and what they know together. engine.c begins and stops, and knows when to
 * look; engine-look.c asks QEMU and has the steps taken, engine-end.c says how a mirror ends;
 * engine-step.c knows what each disk goes through, engine-pass.c how an incremental one does,
 * engine-relay.c how its relay comes and goes, engine-again.c how it is begun again,
 * engine-govern.c whether it comes to its end, engine-proof.c how it is verified.
 */

#include "mirrord/engine.h"
#include "mirrord/pace.h"
#include "mirrord/relay-control.h"

/* What a relay was told besides its file. */
typedef struct EngineLimits {
        uint64_t speed;
        uint32_t stall_msec;
} EngineLimits;

typedef struct EnginePart {
        uint64_t relay_usec; /* until when its relay must be there; 0: it was not asked for yet */
        uint64_t again_usec; /* not begun again before */
        Question *question, *limit_question;
        EngineLimits told, asked;
        uint64_t gone_usec; /* since when it is not found; 0: it was */
        bool has_limits;    /* its relay has taken what was told */
        uint64_t rtt_usec; /* to the other host and back, as its relay has found it; 0: not known */
        sd_bus_slot *slot;
        bool has_mode; /* its job has the mirror's copy mode, as far as this mirrord knows */

        /* Of an incremental one, as the last look found it. */
        uint64_t n_dirty; /* bytes that are to be copied */
        bool has_node, has_bitmap;
        bool is_read_only, was_writable; /* the source's node */
        bool is_last;                    /* the pass at the switch */
        uint64_t flush_usec; /* from when it is flushed, told or not; 0: that is not yet to be */
        bool is_at_its_end; /* all is copied, and QEMU has the target flush it before it is ready */
        bool is_flushed;    /* the target has it for good */

        Question *verify_question, *synced_question;
        bool may_tell; /* this look began after the last tell had arrived */
        sd_bus_slot *verify_slot;
        uint64_t verify_usec; /* until when its verifier must be there; 0: it was not started */
} EnginePart;

/* How far the NBD server is that verifying needs. */
typedef enum ProofStep {
        PROOF_STEP_NOTHING,
        PROOF_STEP_SERVER,  /* QEMU was asked for its NBD server */
        PROOF_STEP_EXPORTS, /* and for the exports */
        PROOF_STEP_RUNNING,
        PROOF_STEP_ENDING,
} ProofStep;

typedef struct Engine {
        Mirror *mirror;
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        EngineHandler handler;
        Qmp *qmp;
        sd_event_source *timer;
        uint64_t look_usec; /* until the next look, if nothing happens */
        bool is_looking, is_checked;
        bool is_known;      /* the last look has found of each disk what its job is at */
        bool has_no_relays; /* they were taken down */
        uint64_t lost_usec; /* since when there is no QEMU; 0: there is one */
        uid_t uid;          /* QEMU's */
        bool is_gone;       /* nobody listens where it was */
        bool is_waiting;    /* for a monitor that somebody else has: that was said */
        bool is_silent;     /* it takes commands and answers none: that was said */
        EnginePart parts[MIRROR_DISKS_MAX];

        Pace pace;
        bool is_probing; /* whether QEMU can change the copy mode of a job that runs */
        bool is_probed, can_change;

        ProofStep proof;
        bool is_proving;      /* QEMU is asked for something of it */
        size_t n_exports;     /* that were asked for */
        uint64_t server_usec; /* until when the server must be free */
        bool has_no_verifiers;
} Engine;

Engine *engine_of_disk(const MirrorDisk *disk);
EnginePart *engine_part(const MirrorDisk *disk);
uint64_t engine_now(const Engine *engine); /* CLOCK_MONOTONIC */

/* After usec, or at once. */
void engine_look_soon(Engine *engine, uint64_t usec);
/* The sooner the less it is since something has changed. */
void engine_look_later(Engine *engine);
void engine_set_disk(MirrorDisk *disk, DiskState state);
void engine_changed(Engine *engine);

/* Writes the mirror down. */
int engine_save(Engine *engine);

/* ---- engine-look.c: asks QEMU, if it is there and was not asked already. */
void engine_look(Engine *engine);

/* ---- engine-end.c */

/* One disk that fails takes the others with it: half a guest is none. */
void engine_fail_disk(MirrorDisk *disk, const char *format, ...) _printf_(2, 3);
/* All of it, for a cause that no single disk has. */
int engine_fail(Engine *engine, const char *words);
/* Nothing is left to be done. Frees the engine. */
void engine_end(Engine *engine);
/* QEMU has ended. Frees the engine. */
void engine_give_up(Engine *engine);
/* Somebody else has had its monitor for long. */
void engine_wait_on(Engine *engine);

/* ---- engine-step.c: takes the next step of a disk. job: what QEMU says of its job, or NULL. */
void engine_advance(MirrorDisk *disk, const JsonValue *job);
/* The node of its target is there: its job is next. */
void engine_begin_job(MirrorDisk *disk);
/* Pauses or resumes a job that has this status, as the mirror is. */
void engine_keep_pause(MirrorDisk *disk, const char *status);

/* ---- engine-pass.c: the same of an incremental mirror (docs/interop/bitmaps.rst). */
bool engine_is_incremental(const MirrorDisk *disk);
void engine_pass_advance(MirrorDisk *disk, const JsonValue *job);
/* What QEMU says of all nodes: how much there is to copy. */
void engine_pass_count(Engine *engine, const JsonValue *nodes);

/* ---- engine-relay.c */

/* The step before the node: a relay that is connected to the other host. */
void engine_look_for_relay(MirrorDisk *disk);
/* Of a mirror that runs: tells the relay its limits if it has others, or if that is not known; one
 * that has gone is a channel that broke. */
void engine_follow_relay(MirrorDisk *disk);
/* Before QEMU is told at the switch what makes the target flush: whether the relay knows that an
 * answer may take long now. It is waited for, but not for long. */
bool engine_may_flush(MirrorDisk *disk);
/* Once. What QEMU has on its way to them fails, and it need not wait for it. */
void engine_take_relays_down(Engine *engine);

/* ---- engine-again.c */

/* Its channel broke: it is begun again if that may be, else it has failed. */
void engine_lose_channel(MirrorDisk *disk, const char *format, ...) _printf_(2, 3);
/* Its job is begun again in the mirror's copy mode. */
int engine_restart_job(MirrorDisk *disk);
/* The next step of taking it apart. */
void engine_take_apart(MirrorDisk *disk, const JsonValue *job);
/* The node has gone. */
void engine_taken_apart(MirrorDisk *disk);

/* ---- engine-govern.c: after each look. */
void engine_govern(Engine *engine);

/* ---- engine-proof.c */

/* The next step of verifying, or of ending it. Returns whether nothing of it is (left) to be done.
 */
bool engine_prove(Engine *engine);
/* QEMU's job has nothing left to copy at this look. */
void engine_tell_synced(MirrorDisk *disk);
void engine_take_verifiers_down(Engine *engine);
/* What its job was proven to be does not hold for another job. */
int engine_forget_proof(MirrorDisk *disk);
/* What is under way between us and its verifier is of no interest any more. */
void engine_forget_verifier(MirrorDisk *disk);
/* With QEMU, its server has gone. */
void engine_remove_server(Engine *engine);
/* Neither questions nor answers are waited for any more. */
void engine_proof_stop(Engine *engine);
