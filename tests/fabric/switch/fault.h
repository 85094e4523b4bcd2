/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Faults on demand: rules that the frame path asks. A rule is about one port name, one link or
 * everything, and counts how often it acted, so that a test can tell that its fault happened. Only
 * the rules: what a fault does to a frame is done where the frame is handled.
 */

#include "link.h"

#include <sys/queue.h>

typedef enum FaultKind {
        FAULT_REJECT_FLOGI,
        FAULT_REJECT_FDISC,
        FAULT_REJECT_LOGIN, /* either */
        FAULT_MUTE,         /* FC frames vanish, the login stays */
        FAULT_FREEZE,       /* every frame vanishes, keep-alives too: the login times out */
        FAULT_MUTE_ADVERTISEMENTS,
        FAULT_SLOW, /* forwarded FC frames arrive late */
        FAULT_DROP, /* one forwarded FC frame in N vanishes */
        FAULT_KIND_COUNT,
} FaultKind;

typedef struct Fault {
        TAILQ_ENTRY(Fault) entry;
        unsigned number;
        FaultKind kind;
        /* The scope: both empty means everything. */
        uint64_t port_name;
        const Link *link;
        uint8_t reason;      /* reject */
        uint8_t explanation; /* reject */
        unsigned delay_msec; /* slow */
        unsigned one_in;     /* drop */
        unsigned times;      /* acts so often, then is gone; 0: until it is cleared */
        uint64_t seen;       /* frames in its scope */
        uint64_t hits;       /* frames it acted on */
} Fault;

typedef TAILQ_HEAD(FaultHead, Fault) FaultHead;

typedef struct FaultList {
        FaultHead faults;
        unsigned last_number;
} FaultList;

/* What a frame is about: the names of a port, or 0, and the link it is seen on, or NULL. */
typedef struct FaultScope {
        uint64_t port_name;
        const Link *link;
} FaultScope;

const char *fault_kind_name(FaultKind kind);

void fault_list_init(FaultList *list);
void fault_list_done(FaultList *list);
/* Copies *fault and gives it a number. */
int fault_list_add(FaultList *list, const Fault *fault, unsigned *ret_number);
/* -ENOENT: no such fault. */
int fault_list_clear(FaultList *list, unsigned number);
/* Those bound to a link end with it. */
void fault_list_forget_link(FaultList *list, const Link *link);

/* True if a rule of the kind acts on a frame of this scope; counts it. */
bool fault_hits(FaultList *list, FaultKind kind, FaultScope scope);
/* The same for FAULT_REJECT_*: also says with what. */
bool fault_rejects(FaultList *list, bool is_fdisc, FaultScope scope, uint8_t *ret_reason,
                   uint8_t *ret_explanation);
/* Milliseconds to hold the frame back: the largest of all that apply. */
unsigned fault_delay_msec(FaultList *list, FaultScope scope);
