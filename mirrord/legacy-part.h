/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the legacy engine and what they know together. legacy.c looks and says how it ends,
 * legacy-begin.c does what is before the move, legacy-relay.c has its relay, and legacy-probe.c
 * reads what QEMU answers.
 */

#include "mirrord/legacy.h"
#include "mirrord/relay-control.h"

typedef struct Legacy {
        Mirror *mirror;
        sd_event *event; /* borrowed, as is the next */
        sd_bus *bus;
        EngineHandler handler;
        Qmp *qmp;
        QmpVersion version;
        sd_event_source *timer;
        bool is_busy;       /* a command is on its way, or a question about the relay */
        bool is_probed;     /* QEMU can do it, and nothing else is going on */
        bool has_block;     /* of its capabilities */
        bool has_completed; /* a migration of before */
        bool is_sent;       /* "migrate" was taken: what query-migrate says is ours */
        bool has_told;      /* QEMU has its limit */
        uint64_t told;      /* bytes a second */
        bool is_gone;       /* nobody listens where QEMU was */
        uint64_t lost_usec; /* since when there is no QEMU; 0: there is one */

        Question *question;
        sd_bus_slot *slot;
        uint64_t relay_usec; /* until when the relay must be there; 0: it was not asked for yet */
        bool has_no_relay;   /* it was taken down */

        uint64_t n_sent, moved_usec; /* what QEMU had sent, and since when it is not more */
        uint64_t n_rated, rated_usec;
        uint64_t cancel_usec; /* when it was told to give up; 0: it was not */
} Legacy;

/* ---- legacy.c */
MirrorDisk *legacy_machine(const Legacy *legacy);
uint64_t legacy_now(const Legacy *legacy); /* CLOCK_MONOTONIC */
void legacy_look_soon(Legacy *legacy, uint64_t usec);
void legacy_set_state(Legacy *legacy, MirrorState state, DiskState disk);
int legacy_save(Legacy *legacy);
/* Why there is no move, or no longer: it is taken apart from now on. */
void legacy_fail(Legacy *legacy, const char *format, ...) _printf_(2, 3);
/* Asks QEMU, one thing at a time; what cannot be asked is looked for again later. */
void legacy_ask(Legacy *legacy, const char *command, QmpArguments *arguments, QmpFunc func);
/* The answer has come. False: there is none, and it is looked for again; or it is too late for it.
 */
bool legacy_has_answer(Legacy *legacy, int r);

/* ---- legacy-begin.c */

/* What there is to do until QEMU is told to move. status: of query-migrate. */
void legacy_prepare(Legacy *legacy, const char *status);
/* Whether it was told is not known: it was if somebody has used the relay. */
void legacy_find_out(Legacy *legacy);
/* Tells QEMU its limit if it has another one. */
void legacy_tell_limit(Legacy *legacy);

/* ---- legacy-relay.c */

/* found: what its relay is by now: "waiting" for QEMU, or else; NULL: it is gone. */
typedef void (*LegacyRelayFunc)(Legacy *legacy, const char *found);
int legacy_ask_relay(Legacy *legacy, QuestionFunc func);
/* Has it started if it is not there; func once it waits. */
void legacy_look_for_relay(Legacy *legacy);
void legacy_take_relay_down(Legacy *legacy);
/* No answer is waited for any more. */
void legacy_relay_stop(Legacy *legacy);
/* What comes after the relay: legacy-begin.c's. */
void legacy_begin(Legacy *legacy);

/* ---- legacy-probe.c: what answers mean. */

/* At most so much a second, and so long a stop: what is on its way at the end is their product, and
 * QEMU 7.2 loses of a disk what that is too large for. */
#define LEGACY_SPEED_MAX (128ULL * 1024 * 1024)
#define LEGACY_DOWNTIME_MSEC 300

uint64_t legacy_limit(uint64_t speed);

bool legacy_has_capability(const JsonValue *capabilities, const char *name);
/* The list for migrate-set-capabilities; of those that this QEMU has. NULL: no memory. */
QmpArguments *legacy_want_capabilities(const JsonValue *capabilities);

/* -EOPNOTSUPP: words name the QEMU. */
int legacy_check(const QmpVersion *version, bool has_block, const JsonValue *schema,
                 bool is_incremental, char *words, size_t size);

/* Whether a migration of this status goes on. */
bool legacy_is_active(const char *status);

typedef struct LegacyProgress {
        uint64_t n_done, n_total; /* memory and disks */
        uint64_t n_sent;
} LegacyProgress;

LegacyProgress legacy_read_progress(const JsonValue *migration);
