/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/wait.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <signal.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)

static uint64_t now(void) {
        return clock_now_usec(CLOCK_MONOTONIC);
}

static void ending_signals(sigset_t *ret) {
        (void) sigemptyset(ret);
        (void) sigaddset(ret, SIGTERM);
        (void) sigaddset(ret, SIGINT);
}

int wait_init(Wait *wait, uint64_t timeout_usec) {
        sigset_t signals;

        ending_signals(&signals);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        wait_restart(wait, timeout_usec);
        return 0;
}

void wait_restart(Wait *wait, uint64_t timeout_usec) {
        wait->start_usec = now();
        wait->deadline_usec = wait->start_usec + timeout_usec;
        wait->is_stopped = false;
}

uint64_t wait_elapsed_usec(const Wait *wait) {
        return now() - wait->start_usec;
}

/* Often where a login or a LUN is due, then seldom enough to go unnoticed for an hour. */
static uint64_t interval(uint64_t elapsed_usec) {
        if (elapsed_usec < 3 * USEC_PER_SEC)
                return 20 * USEC_PER_MSEC;
        if (elapsed_usec < 60 * USEC_PER_SEC)
                return 50 * USEC_PER_MSEC;

        return 250 * USEC_PER_MSEC;
}

int wait_next(Wait *wait) {
        struct timespec pause = { 0 };
        uint64_t current = now();
        uint64_t pause_usec;
        sigset_t signals;

        if (current >= wait->deadline_usec)
                return 0;
        pause_usec = interval(current - wait->start_usec);
        if (pause_usec > wait->deadline_usec - current)
                pause_usec = wait->deadline_usec - current;
        pause.tv_nsec = (long) (pause_usec * 1000);

        ending_signals(&signals);
        if (sigtimedwait(&signals, NULL, &pause) < 0)
                return errno == EAGAIN || errno == EINTR ? 1 : -errno;

        wait->is_stopped = true;
        return 0;
}

bool wait_is_stopped(Wait *wait) {
        struct timespec none = { 0 };
        sigset_t signals;

        ending_signals(&signals);
        if (!wait->is_stopped && sigtimedwait(&signals, NULL, &none) >= 0)
                wait->is_stopped = true;

        return wait->is_stopped;
}
