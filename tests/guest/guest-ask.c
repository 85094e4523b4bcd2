/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * guest-ask SOCKET SECONDS WORD [ARGUMENT]...: puts a command to the guest whose serial line is
 * this unix socket, and prints the answer. Exit code 0: ok; 1: the guest refuses, or nobody is
 * there; 124: no answer in time.
 */

#include "common/cleanup.h"

#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define LINE_MAX_BYTES 16384

typedef struct Line {
        char bytes[LINE_MAX_BYTES];
        size_t size;
} Line;

static int64_t now_ms(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;

        return TAKE_FD(fd);
}

/* "TAG WORD ARGUMENT..." with a tag that nobody else has. */
static int compose(Line *line, const char *tag, char **words) {
        line->size = (size_t) snprintf(line->bytes, sizeof line->bytes, "%s", tag);
        for (; *words; words++) {
                line->size += (size_t) snprintf(line->bytes + line->size,
                                                sizeof line->bytes - line->size, " %s", *words);
                if (line->size + 2 > sizeof line->bytes)
                        return -E2BIG;
        }

        line->bytes[line->size++] = '\n';
        return 0;
}

/* At its own pace: a serial line takes little at a time, and the guest may be stopped. */
static int wait_for(int fd, short events, int64_t deadline_ms) {
        struct pollfd pollfd = { .fd = fd, .events = events };
        int64_t left = deadline_ms - now_ms();
        int r;

        r = poll(&pollfd, 1, left > 0 ? (int) left : 0);
        if (r < 0)
                return -errno;
        return r == 0 ? -ETIMEDOUT : 0;
}

static int put(int fd, const Line *line, int64_t deadline_ms) {
        size_t done = 0;

        while (done < line->size) {
                ssize_t n;
                int r;

                r = wait_for(fd, POLLOUT, deadline_ms);
                if (r < 0)
                        return r;
                n = send(fd, line->bytes + done, line->size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0 && errno != EAGAIN)
                        return -errno;
                done += n > 0 ? (size_t) n : 0;
        }

        return 0;
}

/* Without its end; what does not fit is cut off. */
static int get(int fd, Line *line, int64_t deadline_ms) {
        line->size = 0;
        for (;;) {
                char c;
                ssize_t n;
                int r;

                r = wait_for(fd, POLLIN, deadline_ms);
                if (r < 0)
                        return r;
                n = recv(fd, &c, 1, 0);
                if (n <= 0)
                        return n < 0 ? -errno : -ECONNRESET;
                if (c == '\n')
                        break;
                if (line->size + 1 < sizeof line->bytes)
                        line->bytes[line->size++] = c;
        }

        line->bytes[line->size] = '\0';
        return 0;
}

/* What people shall see goes to stderr; answers to others are nobody's any more. */
static int await_answer(int fd, Line *line, const char *tag, int64_t deadline_ms) {
        size_t length = strlen(tag);

        for (;;) {
                const char *answer;
                int r;

                r = get(fd, line, deadline_ms);
                if (r < 0)
                        return r;
                if (line->bytes[0] == '#')
                        fprintf(stderr, "%s\n", line->bytes);
                if (strncmp(line->bytes, tag, length) != 0 || line->bytes[length] != ' ')
                        continue;
                answer = line->bytes + length + 1;
                puts(answer);
                return strcmp(answer, "ok") == 0 || strncmp(answer, "ok ", 3) == 0 ? 0 : -EREMOTEIO;
        }
}

int main(int argc, char **argv) {
        _cleanup_close_ int fd = -EBADF;
        static Line line;
        int64_t deadline_ms;
        char tag[32];
        int r;

        if (argc < 4) {
                fprintf(stderr, "usage: guest-ask SOCKET SECONDS WORD [ARGUMENT]...\n");
                return 2;
        }
        deadline_ms = now_ms() + (int64_t) (strtod(argv[2], NULL) * 1000);
        (void) snprintf(tag, sizeof tag, "t%d-%" PRId64, (int) getpid(), now_ms());

        r = fd = connect_to(argv[1]);
        if (r >= 0)
                r = compose(&line, tag, argv + 3);
        if (r >= 0)
                r = put(fd, &line, deadline_ms);
        if (r >= 0)
                r = await_answer(fd, &line, tag, deadline_ms);
        if (r < 0 && r != -EREMOTEIO)
                fprintf(stderr, "guest-ask: %s: %s\n", argv[1], strerror(-r));

        return r == -ETIMEDOUT ? 124 : r < 0 ? 1 : 0;
}
