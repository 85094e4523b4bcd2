/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lab-agent PORT: runs commands in a guest for lab-exec, which is on the host at the other end of
 * the virtio-serial port. One command at a time; a guest has several ports, and an agent on each.
 * The words are in wire.h. Its job ends with the command's exit: what a command leaves running in
 * a session of its own is not ours any more.
 */

#include "agent/wire.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* With this much on its way to the host, the command's output waits; the same for its input. */
#define BUFFER_FULL ((size_t) 256 * 1024)

/*
 * That the host has hung up, and that another lab-exec has come, takes another way through the
 * kernel than what that one says, and may be overtaken by it: a command that was begun meanwhile
 * is not that of somebody who has gone. Two that belong together are not further apart than this.
 */
#define HUNG_UP_MS 500

typedef struct Agent {
        int port_fd;
        Buffer heard; /* from the host */
        Buffer said;  /* to the host */
        bool greeted;
        int64_t hung_up_ms; /* since when the host has; 0: it has not, or that was seen to */

        pid_t pid; /* of the command; 0 if there is none */
        int pid_fd;
        int in_fd;
        int out_fd;
        int err_fd;
        Buffer input;
        bool input_ended;
        int64_t deadline_ms;
} Agent;

static int64_t now_ms(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void close_fd(int *fd) {
        closep(fd);
        *fd = -EBADF;
}

/*
 * Ends the command and forgets all about it. Waiting for it is no good: a process that hangs in the
 * kernel survives SIGKILL, and is just what somebody will want to look at next.
 */
static void agent_stop_command(Agent *agent) {
        if (agent->pid > 0)
                (void) kill(-agent->pid, SIGKILL);
        agent->pid = 0;
        agent->input_ended = false;
        buffer_done(&agent->input);
        close_fd(&agent->pid_fd);
        close_fd(&agent->in_fd);
        close_fd(&agent->out_fd);
        close_fd(&agent->err_fd);
}

static void run_command(const char *command, int in, int out, int err) {
        sigset_t nothing;

        (void) sigemptyset(&nothing);
        (void) setsid();
        if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
            dup2(err, STDERR_FILENO) < 0)
                _exit(126);
        (void) close_range(3, ~0U, 0);
        (void) signal(SIGPIPE, SIG_DFL);
        (void) sigprocmask(SIG_SETMASK, &nothing, NULL);
        (void) execl("/bin/bash", "bash", "-c", command, NULL);
        _exit(127);
}

static int make_pipe(int *ret_read, int *ret_write) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        *ret_read = fds[0];
        *ret_write = fds[1];
        return 0;
}

static int agent_start_command(Agent *agent, const char *command, int64_t timeout_ms) {
        _cleanup_close_ int in = -EBADF, out = -EBADF, err = -EBADF;
        pid_t pid;
        int r;

        r = make_pipe(&in, &agent->in_fd);
        if (r >= 0)
                r = make_pipe(&agent->out_fd, &out);
        if (r >= 0)
                r = make_pipe(&agent->err_fd, &err);
        if (r < 0)
                return r;

        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                run_command(command, in, out, err);

        agent->pid = pid;
        agent->pid_fd = (int) syscall(SYS_pidfd_open, pid, 0);
        agent->deadline_ms = now_ms() + timeout_ms;
        (void) fcntl(agent->in_fd, F_SETFL, O_NONBLOCK);
        (void) fcntl(agent->out_fd, F_SETFL, O_NONBLOCK);
        (void) fcntl(agent->err_fd, F_SETFL, O_NONBLOCK);
        return agent->pid_fd < 0 ? -errno : 0;
}

static void agent_say_number(Agent *agent, const char *verb, int64_t number) {
        char text[24];

        (void) snprintf(text, sizeof text, "%" PRId64, number);
        (void) buffer_put_line(&agent->said, verb, text);
}

static void agent_on_run(Agent *agent, const char *argument) {
        _cleanup_free_ char *command = NULL;
        int64_t timeout_ms;
        char *dot;
        size_t length;
        int r;

        timeout_ms = strtoll(argument, &dot, 10);
        r = *dot == '.' ? base64_decode(dot + 1, &command, &length) : -EINVAL;
        if (r >= 0)
                r = agent_start_command(agent, command, timeout_ms);
        if (r < 0) {
                const char *why = strerror(-r);

                (void) buffer_put_bytes(&agent->said, "ERR", why, strlen(why));
                agent_stop_command(agent);
                agent_say_number(agent, "EXIT", 126);
        }
}

static void agent_on_line(Agent *agent, const char *verb, const char *argument) {
        _cleanup_free_ char *bytes = NULL;
        size_t length;

        if (strcmp(verb, "HELLO") == 0) {
                agent_stop_command(agent);
                agent->said.length = 0;
                agent->greeted = true;
                /* What was half said to somebody else ends here. */
                (void) buffer_put(&agent->said, "\n", 1);
                (void) buffer_put_line(&agent->said, "HELLO", argument);
        } else if (!agent->greeted)
                return;
        else if (strcmp(verb, "RUN") == 0 && agent->pid == 0)
                agent_on_run(agent, argument);
        else if (strcmp(verb, "EOF") == 0)
                agent->input_ended = true;
        else if (strcmp(verb, "IN") == 0 && base64_decode(argument, &bytes, &length) >= 0)
                (void) buffer_put(&agent->input, bytes, length);
}

/* Passes on what there is; returns 1 if there may be more. */
static int agent_pass_output(Agent *agent, int *fd, const char *verb) {
        char bytes[24576];
        ssize_t n;

        if (*fd < 0)
                return 0;
        n = read(*fd, bytes, sizeof bytes);
        if (n > 0)
                (void) buffer_put_bytes(&agent->said, verb, bytes, (size_t) n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                close_fd(fd);
        return n > 0;
}

static void agent_pass_input(Agent *agent) {
        if (agent->in_fd < 0)
                return;
        if (buffer_write(&agent->input, agent->in_fd) < 0)
                close_fd(&agent->in_fd);
        if (agent->input_ended && agent->input.length == 0)
                close_fd(&agent->in_fd);
}

/* A child of the command may hold its output open for ever, so its exit counts, not end of file. */
static void agent_on_exit(Agent *agent) {
        int status = 0;

        while (agent_pass_output(agent, &agent->out_fd, "OUT") > 0)
                ;
        while (agent_pass_output(agent, &agent->err_fd, "ERR") > 0)
                ;
        (void) waitpid(agent->pid, &status, 0);
        agent->pid = 0;
        agent_stop_command(agent);
        agent_say_number(agent, "EXIT",
                         WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void agent_on_late(Agent *agent) {
        agent_stop_command(agent);
        agent_say_number(agent, "LATE", now_ms() - agent->deadline_ms);
}

/* lab-exec has gone. */
static void agent_forget(Agent *agent) {
        agent_stop_command(agent);
        agent->said.length = agent->heard.length = 0;
        agent->greeted = false;
        agent->hung_up_ms = 0;
}

static void agent_on_hang_up(Agent *agent) {
        if (agent->hung_up_ms == 0)
                agent->hung_up_ms = now_ms();
        else if (now_ms() - agent->hung_up_ms >= HUNG_UP_MS)
                agent_forget(agent);
}

static int agent_on_port(Agent *agent, int revents) {
        const char *argument;
        bool eof = false;
        char *verb;
        int r;

        if (revents & POLLHUP) {
                if (agent->greeted)
                        agent_on_hang_up(agent);
                return 0;
        }
        agent->hung_up_ms = 0;
        if (revents & POLLOUT) {
                r = buffer_write(&agent->said, agent->port_fd);
                if (r < 0)
                        return r;
        }
        if (!(revents & POLLIN))
                return 0;

        r = buffer_read(&agent->heard, agent->port_fd, &eof);
        while (r >= 0) {
                r = buffer_take_line(&agent->heard, &verb, &argument);
                if (r <= 0)
                        return r;
                agent_on_line(agent, verb, argument);
                free(verb);
        }
        return r;
}

enum { PORT, PID, IN, OUT, ERR, N_POLLED };

static void agent_fill_poll(const Agent *agent, bool connected, struct pollfd *polled) {
        bool full = agent->said.length >= BUFFER_FULL;
        bool gorged = agent->input.length >= BUFFER_FULL;
        bool has_input = agent->input.length > 0 || agent->input_ended;

        polled[PORT] = (struct pollfd){
                .fd = connected ? agent->port_fd : -EBADF,
                .events = (short) ((gorged ? 0 : POLLIN) | (agent->said.length ? POLLOUT : 0)),
        };
        polled[PID] = (struct pollfd){ .fd = agent->pid_fd, .events = POLLIN };
        polled[IN] = (struct pollfd){ .fd = has_input ? agent->in_fd : -EBADF, .events = POLLOUT };
        polled[OUT] = (struct pollfd){ .fd = full ? -EBADF : agent->out_fd, .events = POLLIN };
        polled[ERR] = (struct pollfd){ .fd = full ? -EBADF : agent->err_fd, .events = POLLIN };
}

/* Signals are blocked everywhere else, so none can slip in just before the wait. */
static int poll_and_take_signals(struct pollfd *polled, int timeout_ms) {
        struct timespec timeout = {
                .tv_sec = timeout_ms / 1000,
                .tv_nsec = (long) (timeout_ms % 1000) * 1000000,
        };
        sigset_t nothing;
        int r;

        (void) sigemptyset(&nothing);
        r = ppoll(polled, N_POLLED, &timeout, &nothing);
        return r < 0 && errno != EINTR ? -errno : 0;
}

static int agent_turn(Agent *agent, bool *connected) {
        struct pollfd polled[N_POLLED];
        int timeout_ms = 1000, r;

        while (agent->pid <= 0 && waitpid(-1, NULL, WNOHANG) > 0)
                ;
        agent_fill_poll(agent, *connected, polled);
        if (agent->pid > 0 && agent->deadline_ms - now_ms() < timeout_ms)
                timeout_ms = (int) (agent->deadline_ms - now_ms());
        if (agent->hung_up_ms != 0 && timeout_ms > HUNG_UP_MS)
                timeout_ms = HUNG_UP_MS;
        r = poll_and_take_signals(polled, timeout_ms < 0 ? 0 : timeout_ms);
        if (r < 0)
                return r;

        /*
         * Without anybody at the other end a port is always ready and always hung up. Then it is
         * left alone until SIGIO says that somebody has come (or a second has passed).
         */
        polled[PORT].fd = agent->port_fd;
        polled[PORT].events |= POLLIN;
        (void) poll(&polled[PORT], 1, 0);
        *connected = !(polled[PORT].revents & POLLHUP);

        r = agent_on_port(agent, polled[PORT].revents);
        if (r < 0)
                return r;
        if (agent->pid <= 0)
                return 0;

        if (polled[IN].revents)
                agent_pass_input(agent);
        if (polled[OUT].revents)
                (void) agent_pass_output(agent, &agent->out_fd, "OUT");
        if (polled[ERR].revents)
                (void) agent_pass_output(agent, &agent->err_fd, "ERR");
        if (polled[PID].revents)
                agent_on_exit(agent);
        else if (now_ms() >= agent->deadline_ms)
                agent_on_late(agent);
        return 0;
}

/* SIGIO only has to end a poll. */
static void on_sigio(int signal_number) {
        (void) signal_number;
}

int main(int argc, char **argv) {
        Agent agent = { .pid_fd = -EBADF, .in_fd = -EBADF, .out_fd = -EBADF, .err_fd = -EBADF };
        bool connected = true;
        sigset_t io;
        int r = 0;

        if (argc != 2) {
                fprintf(stderr, "usage: lab-agent PORT\n");
                return EXIT_FAILURE;
        }

        (void) signal(SIGPIPE, SIG_IGN);
        (void) sigemptyset(&io);
        (void) sigaddset(&io, SIGIO);
        (void) sigprocmask(SIG_BLOCK, &io, NULL);
        (void) sigaction(SIGIO, &(struct sigaction){ .sa_handler = on_sigio }, NULL);
        agent.port_fd = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (agent.port_fd < 0 || fcntl(agent.port_fd, F_SETOWN, getpid()) < 0 ||
            fcntl(agent.port_fd, F_SETFL, O_NONBLOCK | O_ASYNC) < 0) {
                fprintf(stderr, "Cannot open the port %s: %m\n", argv[1]);
                return EXIT_FAILURE;
        }

        (void) buffer_put_line(&agent.said, "\nBOOT", "-");
        while (r >= 0)
                r = agent_turn(&agent, &connected);

        fprintf(stderr, "Cannot go on with %s: %s\n", argv[1], strerror(-r));
        return EXIT_FAILURE;
}
