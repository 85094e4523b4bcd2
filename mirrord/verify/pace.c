/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/pace.h"

#define AT_ONCE 4 /* a part of a second */

uint64_t pace_wait(Pace *pace, uint64_t now_usec) {
        double allowed;

        if (pace->limit == 0) {
                pace->debt = 0;
                return 0;
        }
        pace->debt -= (double) (now_usec - pace->then_usec) * (double) pace->limit / 1e6;
        pace->then_usec = now_usec;
        if (pace->debt < 0)
                pace->debt = 0;
        allowed = (double) pace->limit / AT_ONCE;
        if (pace->debt <= allowed)
                return 0;

        return (uint64_t) ((pace->debt - allowed) * 1e6 / (double) pace->limit) + 1;
}

void pace_take(Pace *pace, uint64_t bytes) {
        if (pace->limit > 0)
                pace->debt += (double) bytes;
}
