/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/clock.h"

uint64_t clock_now_usec(clockid_t clock) {
        struct timespec now;

        (void) clock_gettime(clock, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}
