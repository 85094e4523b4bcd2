/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fabric-ctl: gives one command to a running fabric-switch and prints the answer. Knows none of
 * the commands; the switch does ("help").
 */

#include "common/cleanup.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define STATUS_OK "ok\n"
#define STATUS_ERROR "error: "

static const char help[] =
        "Usage: fabric-ctl SOCKET [json] COMMAND [WORD...]\n"
        "Gives a command to the fabric-switch whose --control=SOCKET this is; \"help\" lists them.\n"
        "\n"
        "Exit status: 0 done; 1 the switch refused, or a wait was in vain; 2 no switch, or no\n"
        "command.\n";

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int send_words(int fd, char **words, int n_words) {
        for (int i = 0; i < n_words; i++) {
                if (send(fd, words[i], strlen(words[i]), MSG_NOSIGNAL) < 0 ||
                    send(fd, i + 1 < n_words ? " " : "\n", 1, MSG_NOSIGNAL) < 0)
                        return -errno;
        }
        return 0;
}

/* The whole answer, as a string. */
static int receive_all(int fd, char **ret) {
        _cleanup_free_ char *answer = NULL;
        size_t size = 0, capacity = 0;
        ssize_t n;

        do {
                if (size + 1 >= capacity) {
                        size_t more = capacity > 0 ? capacity * 2 : 4096;
                        char *bigger = realloc(answer, more);

                        if (!bigger)
                                return -ENOMEM;
                        answer = bigger;
                        capacity = more;
                }
                n = recv(fd, answer + size, capacity - size - 1, 0);
                if (n < 0)
                        return -errno;
                size += (size_t) n;
        } while (n > 0);
        answer[size] = '\0';
        *ret = TAKE_PTR(answer);
        return 0;
}

int main(int argc, char **argv) {
        _cleanup_free_ char *answer = NULL;
        _cleanup_close_ int fd = -1;
        int r;

        if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                fputs(help, stdout);
                return EXIT_SUCCESS;
        }
        if (argc < 3) {
                fputs(help, stderr);
                return 2;
        }
        fd = connect_to(argv[1]);
        if (fd < 0) {
                fprintf(stderr, "No switch answers at %s: %s.\n", argv[1], strerror(-fd));
                return 2;
        }
        r = send_words(fd, argv + 2, argc - 2);
        if (r == 0)
                r = receive_all(fd, &answer);
        if (r < 0) {
                fprintf(stderr, "The switch at %s went away: %s.\n", argv[1], strerror(-r));
                return 2;
        }
        if (strncmp(answer, STATUS_OK, strlen(STATUS_OK)) == 0) {
                fputs(answer + strlen(STATUS_OK), stdout);
                return EXIT_SUCCESS;
        }
        if (strncmp(answer, STATUS_ERROR, strlen(STATUS_ERROR)) == 0) {
                fputs(answer + strlen(STATUS_ERROR), stderr);
                return EXIT_FAILURE;
        }
        fprintf(stderr, "The switch at %s went away without an answer.\n", argv[1]);
        return 2;
}
