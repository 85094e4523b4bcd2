/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/stall.h"

/*
 * Nothing is owed while it is we who wait: for QEMU to take an answer, for credit under a limit
 * (the target may have half a request), or for the end.
 */
static bool waits_for_us(const Pump *to_target, const Pump *from_target) {
        return pump_held(from_target) > 0 || to_target->wait_usec > 0 || to_target->has_ended;
}

void stall_look(Stall *stall, const Pump *to_target, const Pump *from_target, uint64_t now_usec) {
        uint64_t n_received = from_target->n_bytes + pump_held(from_target);
        bool is_ours = waits_for_us(to_target, from_target);
        bool has_sent = to_target->n_bytes != stall->n_sent || to_target->wants_write;

        if (n_received != stall->n_received || is_ours)
                stall->since_usec = 0;
        if (stall->since_usec == 0 && has_sent && !is_ours)
                stall->since_usec = now_usec;
        stall->n_sent = to_target->n_bytes;
        stall->n_received = n_received;
}

uint64_t stall_owed_msec(const Stall *stall, uint64_t now_usec) {
        return stall->since_usec > 0 ? (now_usec - stall->since_usec) / 1000 : 0;
}

uint64_t stall_deadline_usec(const Stall *stall) {
        if (stall->since_usec == 0 || stall->limit_msec == 0)
                return 0;

        return stall->since_usec + stall->limit_msec * 1000ULL;
}
