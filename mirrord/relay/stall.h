/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * For how long the target has owed an answer: since the first byte that was sent, or could not be
 * sent, after the last one that came from it. An idle mirror sends nothing and is owed nothing.
 * Knows bytes only: of two requests of which one is answered, the other is owed again once more is
 * sent.
 */

#include "mirrord/relay/pump.h"

typedef struct Stall {
        uint32_t limit_msec; /* 0: as long as it takes */
        uint64_t n_sent, n_received;
        uint64_t since_usec; /* 0: nothing is owed */
} Stall;

/*
 * After each turn of both pumps, of which from_target had the first: what it brought was no answer
 * to what the other one sent.
 */
void stall_look(Stall *stall, const Pump *to_target, const Pump *from_target, uint64_t now_usec);

uint64_t stall_owed_msec(const Stall *stall, uint64_t now_usec);

/* When the limit is passed, unless there is an answer; 0: never. */
uint64_t stall_deadline_usec(const Stall *stall);
