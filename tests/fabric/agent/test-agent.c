/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The agent at a port that is played: it has the master of a terminal, which is hung up while
 * nobody has the other side open, as a virtio-serial port is. test-agent AGENT
 */

#include "agent/wire.h"
#include "common/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20000

typedef struct Port {
        pid_t agent;
        char path[64]; /* of our side */
        int fd;
        Buffer heard;
} Port;

static int64_t now_ms(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The agent's file that has this name, as one of ours. */
static int file_of(pid_t pid, const char *name) {
        _cleanup_close_ int pid_fd = -EBADF;

        pid_fd = (int) syscall(SYS_pidfd_open, pid, 0);
        assert(pid_fd >= 0);
        for (int fd = 3; fd < 16; fd++) {
                char link[64], target[64] = "";

                (void) snprintf(link, sizeof link, "/proc/%d/fd/%d", (int) pid, fd);
                if (readlink(link, target, sizeof target - 1) > 0 && strstr(target, name))
                        return (int) syscall(SYS_pidfd_getfd, pid_fd, fd, 0);
        }

        return -EBADF;
}

static void port_find(Port *port) {
        _cleanup_close_ int master = -EBADF;

        for (int64_t end = now_ms() + PATIENCE_MS; master < 0 && now_ms() < end;) {
                master = file_of(port->agent, "ptmx");
                (void) poll(NULL, 0, master < 0 ? 5 : 0);
        }
        assert(master >= 0);
        assert(unlockpt(master) == 0);
        assert(ptsname_r(master, port->path, sizeof port->path) == 0);
}

static void port_connect(Port *port) {
        struct termios raw;

        port->fd = open(port->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        assert(port->fd >= 0);
        assert(tcgetattr(port->fd, &raw) == 0);
        cfmakeraw(&raw);
        assert(tcsetattr(port->fd, TCSANOW, &raw) == 0);
}

static void port_hang_up(Port *port) {
        closep(&port->fd);
        port->fd = -EBADF;
}

static void port_open(Port *port, const char *agent) {
        *port = (Port){ .fd = -EBADF };
        port->agent = fork();
        assert(port->agent >= 0);
        if (port->agent == 0) {
                (void) execl(agent, "lab-agent", "/dev/ptmx", NULL);
                _exit(127);
        }
        port_find(port);
        port_connect(port);
}

static void port_done(Port *port) {
        assert(kill(port->agent, SIGKILL) == 0);
        assert(waitpid(port->agent, NULL, 0) == port->agent);
        closep(&port->fd);
        buffer_done(&port->heard);
}

static void port_say(const Port *port, const char *text) {
        assert(write(port->fd, text, strlen(text)) == (ssize_t) strlen(text));
}

/* The argument of the next line of this verb. What comes before is passed over. */
static void port_hear(Port *port, const char *wanted, char *ret_argument, size_t size) {
        int64_t end = now_ms() + PATIENCE_MS;

        for (;;) {
                struct pollfd polled = { .fd = port->fd, .events = POLLIN };
                const char *argument;
                char *verb;
                bool eof;

                while (buffer_take_line(&port->heard, &verb, &argument) > 0) {
                        bool is_it = strcmp(verb, wanted) == 0;

                        (void) snprintf(ret_argument, size, "%s", argument);
                        free(verb);
                        if (is_it)
                                return;
                }
                assert(now_ms() < end);
                assert(poll(&polled, 1, 100) >= 0);
                if (polled.revents)
                        assert(buffer_read(&port->heard, port->fd, &eof) >= 0);
        }
}

static void port_greet(Port *port, const char *nonce) {
        char text[64];

        (void) snprintf(text, sizeof text, "\nHELLO %s\n", nonce);
        port_say(port, text);
        port_hear(port, "HELLO", text, sizeof text);
        assert(strcmp(text, nonce) == 0);
}

static void port_run(const Port *port, const char *command) {
        _cleanup_(buffer_done) Buffer buffer = { 0 };
        char when[] = "20000";

        assert(buffer_put_bytes(&buffer, when, command, strlen(command)) == 0);
        assert(buffer_put(&buffer, "", 1) == 0);
        *strchr(buffer.data, ' ') = '.';
        port_say(port, "RUN ");
        port_say(port, buffer.data);
        port_say(port, "EOF -\n");
}

static void test_a_command_comes_back_with_its_exit_code(const char *agent) {
        _cleanup_(port_done) Port port;
        char argument[64];

        port_open(&port, agent);
        port_greet(&port, "1");
        port_run(&port, "echo light work; exit 7");
        port_hear(&port, "OUT", argument, sizeof argument);
        assert(strcmp(argument, "bGlnaHQgd29yawo=") == 0);
        port_hear(&port, "EXIT", argument, sizeof argument);
        assert(strcmp(argument, "7") == 0);
}

/* The kernel says of the one before that he has gone when the next one's command runs already. */
static void test_a_command_outlives_the_late_news_that_the_one_before_has_gone(const char *agent) {
        _cleanup_(port_done) Port port;
        char argument[64];

        port_open(&port, agent);
        port_greet(&port, "1");
        port_run(&port, "echo it runs; read -rt 0.3 <> <(:); exit 7");
        port_hear(&port, "OUT", argument, sizeof argument);
        port_hang_up(&port);
        /* The news arrives, and is not old enough to be believed. */
        (void) poll(NULL, 0, 100);
        port_connect(&port);
        port_hear(&port, "EXIT", argument, sizeof argument);
        assert(strcmp(argument, "7") == 0);
}

static bool has_a_command(const Port *port) {
        _cleanup_close_ int fd = file_of(port->agent, "pipe:");

        return fd >= 0;
}

static void test_a_command_ends_when_who_has_asked_for_it_is_gone(const char *agent) {
        int64_t end = now_ms() + PATIENCE_MS;
        _cleanup_(port_done) Port port;
        char argument[64];

        port_open(&port, agent);
        port_greet(&port, "1");
        port_run(&port, "echo it runs; sleep 60");
        port_hear(&port, "OUT", argument, sizeof argument);
        assert(has_a_command(&port));
        port_hang_up(&port);
        while (has_a_command(&port)) {
                assert(now_ms() < end);
                (void) poll(NULL, 0, 20);
        }
}

int main(int argc, char **argv) {
        assert(argc == 2);
        test_a_command_comes_back_with_its_exit_code(argv[1]);
        test_a_command_outlives_the_late_news_that_the_one_before_has_gone(argv[1]);
        test_a_command_ends_when_who_has_asked_for_it_is_gone(argv[1]);
        return 0;
}
