/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lab-exec [-i] [-t SEC] FOLDER COMMAND: runs a command in the guest whose agents' sockets are
 * FOLDER/agent.0, agent.1, ... and exits as the command did, with its output and error told apart.
 * Takes whichever agent is free and waits for one otherwise; waits as well for a guest that is
 * still starting. Its job ends at the deadline, always. -i passes standard input on.
 *
 * Exit codes of its own: 124 the time was over, 125 the guest could not be asked.
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
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define EXIT_LATE 124
#define EXIT_NO_GUEST 125
#define N_AGENTS 4

typedef struct Session {
        const char *folder;
        const char *command;
        int64_t timeout_ms;
        int64_t deadline_ms;
        bool pass_input;

        int lock_fd;
        int fd;
        char nonce[24];
        bool greeted;
        Buffer heard;
        Buffer said;
        int exit_code; /* -1 while unknown */
} Session;

static int64_t now_ms(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int fail(const Session *session, int code, const char *what) {
        fprintf(stderr, "lab-exec: %s: %s\n", session->folder, what);
        return code;
}

/* The lock is what keeps two of us apart: a socket serves one, and lets others wait for ever. */
static int session_take_agent(Session *session) {
        for (int i = 0; i < N_AGENTS; i++) {
                struct sockaddr_un address = { .sun_family = AF_UNIX };
                _cleanup_close_ int lock = -EBADF, fd = -EBADF;
                char path[sizeof address.sun_path];

                (void) snprintf(path, sizeof path, "%s/agent.%d.lock", session->folder, i);
                lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
                if (lock < 0)
                        return -errno;
                if (flock(lock, LOCK_EX | LOCK_NB) < 0)
                        continue;

                (void) snprintf(address.sun_path, sizeof address.sun_path, "%s/agent.%d",
                                session->folder, i);
                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                        return -errno;
                (void) fcntl(fd, F_SETFL, O_NONBLOCK);
                session->lock_fd = TAKE_FD(lock);
                session->fd = TAKE_FD(fd);
                return 0;
        }
        return -EBUSY;
}

static int session_wait_for_agent(Session *session) {
        int r;

        for (;;) {
                r = session_take_agent(session);
                if (r != -EBUSY)
                        return r;
                if (now_ms() >= session->deadline_ms)
                        return -ETIMEDOUT;
                (void) poll(NULL, 0, 20);
        }
}

static int session_ask(Session *session) {
        _cleanup_free_ char *line = NULL;
        Buffer text = { 0 };
        char when[24];
        int r;

        (void) snprintf(when, sizeof when, "%" PRId64, session->deadline_ms - now_ms());
        r = buffer_put_bytes(&text, when, session->command, strlen(session->command));
        if (r >= 0 && asprintf(&line, "%.*s", (int) text.length - 1, text.data) < 0)
                r = -ENOMEM;
        buffer_done(&text);
        if (r < 0)
                return r;

        *strchr(line, ' ') = '.';
        r = buffer_put_line(&session->said, "RUN", line);
        if (r >= 0 && !session->pass_input)
                r = buffer_put_line(&session->said, "EOF", "-");
        return r;
}

static int write_all(int fd, const char *bytes, size_t length) {
        while (length > 0) {
                ssize_t n = write(fd, bytes, length);

                if (n < 0 && errno != EINTR)
                        return -errno;
                bytes += n > 0 ? n : 0;
                length -= n > 0 ? (size_t) n : 0;
        }
        return 0;
}

static int session_on_line(Session *session, const char *verb, const char *argument) {
        _cleanup_free_ char *bytes = NULL;
        size_t length;
        int r;

        if (!session->greeted) {
                if (strcmp(verb, "HELLO") != 0 || strcmp(argument, session->nonce) != 0)
                        return 0;
                session->greeted = true;
                return session_ask(session);
        }

        if (strcmp(verb, "EXIT") == 0)
                session->exit_code = (int) strtol(argument, NULL, 10);
        else if (strcmp(verb, "LATE") == 0)
                return -ETIMEDOUT;
        else if (strcmp(verb, "BOOT") == 0)
                return -ECONNRESET;
        else if (strcmp(verb, "OUT") == 0 || strcmp(verb, "ERR") == 0) {
                r = base64_decode(argument, &bytes, &length);
                if (r < 0)
                        return r;
                return write_all(*verb == 'O' ? STDOUT_FILENO : STDERR_FILENO, bytes, length);
        }
        return 0;
}

static int session_on_socket(Session *session, int revents) {
        const char *argument;
        bool eof = false;
        char *verb;
        int r;

        r = revents & POLLOUT ? buffer_write(&session->said, session->fd) : 0;
        if (r < 0 || !(revents & (POLLIN | POLLHUP)))
                return r;

        r = buffer_read(&session->heard, session->fd, &eof);
        if (eof)
                return -ECONNRESET;
        while (r >= 0 && session->exit_code < 0) {
                r = buffer_take_line(&session->heard, &verb, &argument);
                if (r <= 0)
                        return r;
                r = session_on_line(session, verb, argument);
                free(verb);
        }
        return r;
}

static int session_on_input(Session *session) {
        char bytes[24576];
        ssize_t n;

        n = read(STDIN_FILENO, bytes, sizeof bytes);
        if (n < 0)
                return errno == EINTR || errno == EAGAIN ? 0 : -errno;
        if (n > 0)
                return buffer_put_bytes(&session->said, "IN", bytes, (size_t) n);
        session->pass_input = false;
        return buffer_put_line(&session->said, "EOF", "-");
}

static int session_turn(Session *session) {
        bool take_input = session->pass_input && session->greeted && session->said.length == 0;
        struct pollfd polled[] = {
                { .fd = session->fd, .events = POLLIN },
                { .fd = take_input ? STDIN_FILENO : -EBADF, .events = POLLIN },
        };
        int64_t left_ms = session->deadline_ms - now_ms();
        int r;

        /* The agent ends a late command; we only step in where there is no agent to do so. */
        if (left_ms < (session->greeted ? -3000 : 0))
                return -ETIMEDOUT;
        if (session->said.length > 0)
                polled[0].events |= POLLOUT;

        r = poll(polled, ARRAY_LEN(polled), left_ms > 0 && left_ms < 500 ? (int) left_ms : 500);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        /* A guest that starts anew forgets what it was told, so we say it again. */
        if (r == 0 && !session->greeted && session->said.length == 0)
                return buffer_put_line(&session->said, "\nHELLO", session->nonce);

        r = session_on_socket(session, polled[0].revents);
        if (r >= 0 && polled[1].revents)
                r = session_on_input(session);
        return r;
}

static int session_run(Session *session) {
        int r;

        session->deadline_ms = now_ms() + session->timeout_ms;
        r = session_wait_for_agent(session);
        if (r < 0 && r != -ETIMEDOUT)
                return fail(session, EXIT_NO_GUEST, "there is no such guest, or it has died");
        if (r < 0)
                return fail(session, EXIT_LATE, "all agents are busy, and the time is over");

        (void) snprintf(session->nonce, sizeof session->nonce, "%d.%" PRIx64, (int) getpid(),
                        (uint64_t) session->deadline_ms);
        r = buffer_put_line(&session->said, "\nHELLO", session->nonce);
        while (r >= 0 && session->exit_code < 0)
                r = session_turn(session);

        if (session->exit_code >= 0)
                return session->exit_code;
        if (r == -ECONNRESET)
                return fail(session, EXIT_NO_GUEST, "the guest went away during the command");
        if (r == -ETIMEDOUT)
                return fail(session, EXIT_LATE,
                            session->greeted ? "the command did not end in time"
                                             : "the guest did not answer in time");
        return fail(session, EXIT_NO_GUEST, strerror(-r));
}

int main(int argc, char **argv) {
        Session session = { .timeout_ms = 60000, .lock_fd = -EBADF, .fd = -EBADF, .exit_code = -1 };
        int option, code;

        while ((option = getopt(argc, argv, "+it:")) != -1) {
                if (option == 'i')
                        session.pass_input = true;
                else if (option == 't')
                        session.timeout_ms = (int64_t) (strtod(optarg, NULL) * 1000);
                else
                        return EXIT_NO_GUEST;
        }
        if (argc - optind != 2 || session.timeout_ms <= 0) {
                fprintf(stderr, "usage: lab-exec [-i] [-t SEC] FOLDER COMMAND\n");
                return EXIT_NO_GUEST;
        }
        session.folder = argv[optind];
        session.command = argv[optind + 1];

        code = session_run(&session);
        closep(&session.fd);
        closep(&session.lock_fd);
        buffer_done(&session.heard);
        buffer_done(&session.said);
        return code;
}
