/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * box-enter STATE COMMAND [ARGUMENT]...: runs a command in the namespaces and in a cgroup of the
 * box whose directory STATE is, with an environment of its own, and exits as it does. What
 * nsenter(1) and env(1) do, in a small static program: tests ask their boxes thousands of times,
 * and where page tables are dear each program that is started costs 10 ms.
 */

#include "tests/box/ask/leader.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES \
        (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP)

extern char **environ;

static char *environment[] = {
        (char[]){ "HOME=/root" },
        (char[]){ "LANG=C.UTF-8" },
        (char[]){ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
        (char[]){ "SYSTEMD_DEVICE_VERIFY_SYSFS=0" },
        (char[]){ "SYSTEMD_PAGER=" },
        (char[]){ "TERM=dumb" },
        NULL,
};

/* As the box's own processes are: what ends the box ends this one. */
static void join_cgroup(pid_t leader) {
        char path[PATH_MAX];
        int fd;

        (void) snprintf(path, sizeof path, "/proc/%d/root/sys/fs/cgroup/box-run", leader);
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                err(1, "%s", path);
        (void) snprintf(path, sizeof path, "/proc/%d/root/sys/fs/cgroup/box-run/cgroup.procs",
                        leader);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) < 0)
                err(1, "%s", path);
        (void) close(fd);
}

static void enter(pid_t leader) {
        int fd = (int) syscall(SYS_pidfd_open, leader, 0);

        if (fd < 0 || setns(fd, NAMESPACES) < 0)
                err(1, "process %d", leader);
        (void) close(fd);
        if (chdir("/") < 0)
                err(1, "/");
}

/* A namespace of processes is for the next one that is started. */
static int run(char *argv[]) {
        int status, r;
        pid_t pid;

        r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
        if (r != 0) {
                errno = r;
                warn("%s", argv[0]);
                return r == ENOENT ? 127 : 126;
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        err(1, "waitpid");

        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char *argv[]) {
        pid_t leader;

        if (argc < 3)
                errx(2, "usage: box-enter STATE COMMAND [ARGUMENT]...");
        leader = leader_of(argv[1]);
        if (leader <= 0)
                return 1;

        join_cgroup(leader);
        enter(leader);
        environ = environment;
        return run(argv + 2);
}
