/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/multipathd-ask.h"

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NAME "/org/kernel/linux/storage/multipathd"
#define REPLY_MAX 4096

/* Anybody may listen on an abstract name that is free. */
static int check_peer(int fd) {
        struct ucred peer;
        socklen_t size = sizeof peer;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;

        return peer.uid == 0 ? 0 : -EPERM;
}

static int connect_to_it(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        memcpy(address.sun_path + 1, NAME, strlen(NAME));
        if (connect(fd, (const struct sockaddr *) &address,
                    (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + strlen(NAME))) < 0)
                return -errno;
        r = check_peer(fd);
        if (r < 0)
                return r;

        return TAKE_FD(fd);
}

static int read_all(int fd, void *buf, size_t size) {
        ssize_t n;

        n = recv(fd, buf, size, MSG_WAITALL);
        if (n < 0)
                return -errno;

        return (size_t) n == size ? 0 : -ECONNRESET;
}

/* libmpathcmd: the length as a size_t, then so many bytes, the last a NUL; both ways. */
static int converse(int fd, const char *command, char reply[static REPLY_MAX]) {
        size_t size = strlen(command) + 1;
        int r;

        if (send(fd, &size, sizeof size, MSG_NOSIGNAL) != (ssize_t) sizeof size ||
            send(fd, command, size, MSG_NOSIGNAL) != (ssize_t) size)
                return errno > 0 ? -errno : -EPIPE;
        r = read_all(fd, &size, sizeof size);
        if (r < 0)
                return r;
        if (size == 0 || size > REPLY_MAX)
                return -EMSGSIZE;
        r = read_all(fd, reply, size);
        if (r < 0)
                return r;

        reply[size - 1] = '\0';
        return 0;
}

static bool begins_with(const char *s, const char *word) {
        return strncmp(s, word, strlen(word)) == 0;
}

int multipathd_ask(const char *command) {
        _cleanup_close_ int fd = -EBADF;
        char reply[REPLY_MAX];
        int r;

        fd = connect_to_it();
        if (fd < 0)
                return fd;
        r = converse(fd, command, reply);
        if (r < 0)
                return r;

        return begins_with(reply, "ok") ? 0 : -EBUSY;
}
