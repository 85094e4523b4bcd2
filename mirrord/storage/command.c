/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/command.h"

#include "common/cleanup.h"
#include "mirrord/storage/reply.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NOT_FOUND 127

static void become(const char *const *arguments, int fd, int out, int err, pid_t parent)
        __attribute__((noreturn));
static void become(const char *const *arguments, int fd, int out, int err, pid_t parent) {
        static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C.UTF-8",
                    quiet[] = "LVM_SUPPRESS_FD_WARNINGS=1";
        char *const environment[] = { path, locale, quiet, NULL };
        int null;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(EXIT_FAILURE);
        null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
            dup2(err, STDERR_FILENO) < 0 || (fd >= 0 && fcntl(fd, F_SETFD, 0) < 0))
                _exit(EXIT_FAILURE);

        (void) signal(SIGPIPE, SIG_DFL);
        (void) setenv("PATH", strchr(path, '=') + 1, true);
        (void) execvpe(arguments[0], (char *const *) arguments, environment);
        _exit(errno == ENOENT ? NOT_FOUND : EXIT_FAILURE);
}

static void take(int fd, char ret[static COMMAND_OUTPUT_MAX]) {
        ssize_t n = pread(fd, ret, COMMAND_OUTPUT_MAX - 1, 0);

        ret[n > 0 ? n : 0] = '\0';
}

/* 0 when it has ended. */
static int wait_for(int pid_fd) {
        struct pollfd fds[] = { { .fd = pid_fd, .events = POLLIN },
                                { .fd = STDIN_FILENO, .events = POLLRDHUP } };

        for (;;) {
                if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
                        return -errno;
                if (fds[0].revents)
                        return 0;
                if (reply_is_unwanted())
                        return -ECANCELED;
        }
}

int command_run(const char *const *arguments, int fd, CommandOutput *ret) {
        _cleanup_close_ int out = memfd_create("out", MFD_CLOEXEC),
                            err = memfd_create("err", MFD_CLOEXEC), pid_fd = -EBADF;
        pid_t parent = getpid(), pid;
        int status, r;

        if (out < 0 || err < 0)
                return -errno;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                become(arguments, fd, out, err, parent);

        pid_fd = (int) syscall(SYS_pidfd_open, pid, 0);
        r = pid_fd < 0 ? -errno : wait_for(pid_fd);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        if (waitpid(pid, &status, 0) < 0 || r < 0)
                return r < 0 ? r : -errno;

        take(out, ret->out);
        take(err, ret->err);
        if (!WIFEXITED(status))
                return -EPIPE;
        return WEXITSTATUS(status) == NOT_FOUND ? -ENOENT : WEXITSTATUS(status);
}
