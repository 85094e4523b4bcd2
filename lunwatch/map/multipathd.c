/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/multipathd.h"

#include "common/cleanup.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A question fits into any socket buffer: it is sent at once or not at all. */
#define QUESTION_MAX 256

struct Multipathd {
        sd_event *event;
        char *socket;
        MultipathdFunc func;
        void *userdata;

        int fd;
        sd_event_source *io, *deadline;
        size_t size; /* of the reply, once n_header is full */
        size_t n_header, n_read;
        char *reply;
};

int multipathd_new(sd_event *event, const char *socket, MultipathdFunc func, void *userdata,
                   Multipathd **ret) {
        Multipathd *multipathd = calloc(1, sizeof *multipathd);

        if (!multipathd)
                return -ENOMEM;
        *multipathd = (Multipathd){
                .event = sd_event_ref(event),
                .socket = strdup(socket),
                .func = func,
                .userdata = userdata,
                .fd = -EBADF,
        };
        if (!multipathd->socket) {
                (void) multipathd_free(multipathd);
                return -ENOMEM;
        }

        *ret = multipathd;
        return 0;
}

static void disconnect(Multipathd *multipathd) {
        multipathd->io = sd_event_source_disable_unref(multipathd->io);
        multipathd->deadline = sd_event_source_disable_unref(multipathd->deadline);
        closep(&multipathd->fd);
        multipathd->fd = -EBADF;
        free(multipathd->reply);
        multipathd->reply = NULL;
        multipathd->size = multipathd->n_header = multipathd->n_read = 0;
}

Multipathd *multipathd_free(Multipathd *multipathd) {
        if (!multipathd)
                return NULL;

        disconnect(multipathd);
        (void) sd_event_unref(multipathd->event);
        free(multipathd->socket);
        free(multipathd);
        return NULL;
}

bool multipathd_is_busy(const Multipathd *multipathd) {
        return multipathd->deadline != NULL;
}

/* The callback may ask the next question. */
static void finish(Multipathd *multipathd, int r) {
        _cleanup_free_ char *reply = TAKE_PTR(multipathd->reply);
        size_t size = multipathd->n_read;

        disconnect(multipathd);
        multipathd->func(r, r < 0 ? "" : reply, r < 0 ? 0 : size, multipathd->userdata);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        finish(userdata, -ETIMEDOUT);
        return 0;
}

/* The length as the sender's size_t, then that many bytes, the last a NUL. 0 when there is more. */
static int read_reply(Multipathd *multipathd) {
        ssize_t n;

        if (multipathd->n_header < sizeof multipathd->size) {
                n = recv(multipathd->fd, (char *) &multipathd->size + multipathd->n_header,
                         sizeof multipathd->size - multipathd->n_header, 0);
                if (n <= 0)
                        return n < 0 ? -errno : -ECONNRESET;
                multipathd->n_header += (size_t) n;
                if (multipathd->n_header < sizeof multipathd->size)
                        return 0;
                if (multipathd->size == 0 || multipathd->size > MULTIPATHD_REPLY_MAX)
                        return -EMSGSIZE;
                multipathd->reply = malloc(multipathd->size + 1);
                return multipathd->reply ? 0 : -ENOMEM;
        }

        n = recv(multipathd->fd, multipathd->reply + multipathd->n_read,
                 multipathd->size - multipathd->n_read, 0);
        if (n <= 0)
                return n < 0 ? -errno : -ECONNRESET;
        multipathd->n_read += (size_t) n;
        if (multipathd->n_read < multipathd->size)
                return 0;

        multipathd->reply[multipathd->n_read] = '\0';
        multipathd->n_read = strlen(multipathd->reply);
        return 1;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Multipathd *multipathd = userdata;
        int r;

        r = read_reply(multipathd);
        if (r > 0)
                finish(multipathd, 0);
        else if (r < 0 && r != -EAGAIN && r != -EINTR)
                finish(multipathd, r);

        return 0;
}

/* Anybody may listen on an abstract name that is free; only root's word counts. */
static int check_peer(int fd) {
        struct ucred peer;
        socklen_t size = sizeof peer;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;

        return peer.uid == 0 || peer.uid == geteuid() ? 0 : -EPERM;
}

/* The address of an abstract socket is as long as its name, without a NUL at the end. */
static int connect_to(const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(name);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (length + 1 > sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path + 1, name, length);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *) &address,
                    (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + length)) < 0)
                return -errno;
        r = check_peer(fd);
        if (r < 0)
                return r;

        return TAKE_FD(fd);
}

static int send_question(int fd, const char *question) {
        char buf[sizeof(size_t) + QUESTION_MAX];
        size_t size = strlen(question) + 1;

        if (size > QUESTION_MAX)
                return -EMSGSIZE;
        memcpy(buf, &size, sizeof size);
        memcpy(buf + sizeof size, question, size);
        if (send(fd, buf, sizeof size + size, MSG_NOSIGNAL) != (ssize_t) (sizeof size + size))
                return -EIO;

        return 0;
}

int multipathd_ask(Multipathd *multipathd, const char *question) {
        int r;

        if (multipathd_is_busy(multipathd))
                return -EBUSY;

        r = multipathd->fd = connect_to(multipathd->socket);
        if (r >= 0)
                r = send_question(multipathd->fd, question);
        if (r >= 0)
                r = sd_event_add_io(multipathd->event, &multipathd->io, multipathd->fd, EPOLLIN,
                                    on_io, multipathd);
        if (r >= 0)
                r = sd_event_add_time_relative(multipathd->event, &multipathd->deadline,
                                               CLOCK_MONOTONIC, MULTIPATHD_TIMEOUT_USEC, 0,
                                               on_deadline, multipathd);
        if (r < 0)
                disconnect(multipathd);

        return r;
}
