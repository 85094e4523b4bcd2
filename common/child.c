/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/child.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Results are errnos, which fit into an exit status. */
static void run_child(ChildFunc func, void *userdata, pid_t parent) __attribute__((noreturn));
static void run_child(ChildFunc func, void *userdata, pid_t parent) {
        int r;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(EPIPE);

        r = func(userdata);
        _exit(r < 0 && r > -256 ? -r : r < 0 ? EIO : 0);
}

static int64_t now_msec(void) {
        return (int64_t) (clock_now_usec(CLOCK_MONOTONIC) / 1000);
}

static int wait_for(int pid_fd, uint32_t msec) {
        int64_t until = now_msec() + msec;
        struct pollfd poll_fd = { .fd = pid_fd, .events = POLLIN };
        int r;

        do {
                int64_t left = until - now_msec();

                r = poll(&poll_fd, 1, left > 0 ? (int) left : 0);
        } while (r < 0 && errno == EINTR);

        return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

int child_run(ChildFunc func, void *userdata, uint32_t msec) {
        _cleanup_close_ int pid_fd = -EBADF;
        pid_t parent = getpid(), pid;
        int status, r;

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                run_child(func, userdata, parent);

        pid_fd = (int) syscall(SYS_pidfd_open, pid, 0);
        r = pid_fd < 0 ? -errno : wait_for(pid_fd, msec);
        if (r < 0) {
                (void) kill(pid, SIGKILL);
                (void) waitpid(pid, NULL, WNOHANG);
                return r;
        }
        if (waitpid(pid, &status, 0) < 0)
                return -errno;

        return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPIPE;
}
