/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#define PROBE_SEC 5

#define LOOK_USEC 1000000

/* Of those who may only want to keep others out. */
#define BACKLOG 16

static int new_socket(int family) {
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        return fd < 0 ? -errno : fd;
}

/* Two relays of one socket would be a mistake of mirrord's: the second takes it over. */
int peer_listen_unix(const struct sockaddr_un *address, uid_t owner) {
        _cleanup_close_ int fd = new_socket(AF_UNIX);

        if (fd < 0)
                return fd;
        if (unlink(address->sun_path) < 0 && errno != ENOENT)
                return -errno;
        /* Nobody else's for a moment: the mode is the umask's, and who may not connect cannot. */
        if (bind(fd, (const struct sockaddr *) address, sizeof *address) < 0 ||
            (owner != geteuid() && lchown(address->sun_path, owner, (gid_t) -1) < 0) ||
            listen(fd, 1) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int peer_connect_unix(const struct sockaddr_un *address) {
        _cleanup_close_ int fd = new_socket(AF_UNIX);

        if (fd < 0)
                return fd;
        if (connect(fd, (const struct sockaddr *) address, sizeof *address) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int peer_check_user(int fd, uid_t owner) {
        struct ucred is;
        socklen_t size = sizeof is;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &is, &size) < 0)
                return -errno;

        return is.uid == owner ? 0 : -EPERM;
}

static void set_port(struct sockaddr_storage *address, uint16_t port) {
        if (address->ss_family == AF_INET)
                ((struct sockaddr_in *) address)->sin_port = htons(port);
        else
                ((struct sockaddr_in6 *) address)->sin6_port = htons(port);
}

/* A port that another one only just left is free. */
static int try_port(const Settings *settings, uint16_t port) {
        struct sockaddr_storage address = settings->address;
        _cleanup_close_ int fd = new_socket(address.ss_family);
        int one = 1;

        if (fd < 0)
                return fd;
        set_port(&address, port);
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
            bind(fd, (const struct sockaddr *) &address, settings->address_size) < 0 ||
            listen(fd, BACKLOG) < 0)
                return -errno;

        return TAKE_FD(fd);
}

int peer_listen(const Settings *settings, uint16_t *ret_port) {
        int fd = -EADDRINUSE;

        for (uint32_t port = settings->first_port; fd == -EADDRINUSE && port <= settings->last_port;
             port++) {
                fd = try_port(settings, (uint16_t) port);
                *ret_port = (uint16_t) port;
        }

        return fd;
}

int peer_connect(const Settings *settings, int *ret_fd) {
        struct sockaddr_storage address = settings->address;
        _cleanup_close_ int fd = new_socket(address.ss_family);
        int r = 0;

        if (fd < 0)
                return fd;
        set_port(&address, settings->first_port);
        if (connect(fd, (const struct sockaddr *) &address, settings->address_size) < 0)
                r = -errno;
        if (r < 0 && r != -EINPROGRESS)
                return r;

        *ret_fd = TAKE_FD(fd);
        return r;
}

int peer_check(int fd) {
        socklen_t size = sizeof(int);
        int error = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                return -errno;

        return -error;
}

uint32_t peer_rtt_usec(int fd) {
        struct tcp_info info = { 0 };
        socklen_t size = sizeof info;

        return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ? 0 : info.tcpi_rtt;
}

/* Ours speaks first, and at once. */
uint32_t peer_turn_msec(int fd) {
        struct tcp_info info = { 0 };
        socklen_t size = sizeof info;
        char byte;

        if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0 ||
            getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
                return PEER_TURN_MSEC;
        if (info.tcpi_last_data_recv >= PEER_TURN_MSEC)
                return 0;

        return PEER_TURN_MSEC - info.tcpi_last_data_recv;
}

int peer_set_timeout(int fd) {
        static const int msec = PEER_DEAD_MSEC;

        return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &msec, sizeof msec) < 0 ? -errno : 0;
}

/*
 * Sent, and not answered since. What is not acknowledged does not say so by itself: when the other
 * side's window has shrunk to nothing, it is sent again and again, and answered each time. Probes
 * are counted from the last answer.
 */
static bool awaits_answer(const struct tcp_info *info) {
        if (info->tcpi_unacked > 0)
                return info->tcpi_last_data_sent < info->tcpi_last_ack_recv;

        return info->tcpi_probes > 0;
}

/* Counted from when it was seen to wait: probes may be minutes apart, and so may answers be. */
int peer_look(PeerSilence *silence, int fd, uint64_t now_usec) {
        struct tcp_info info = { 0 };
        socklen_t size = sizeof info;
        uint64_t answered_usec;

        if (now_usec < silence->look_usec)
                return 0;
        silence->look_usec = now_usec + LOOK_USEC;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
                return -errno;

        answered_usec = now_usec - info.tcpi_last_ack_recv * 1000ULL;
        if (!awaits_answer(&info))
                silence->since_usec = 0;
        else if (silence->since_usec == 0)
                silence->since_usec = now_usec;
        else if (silence->since_usec < answered_usec)
                silence->since_usec = answered_usec;
        if (silence->since_usec == 0 || now_usec - silence->since_usec < PEER_DEAD_MSEC * 1000ULL)
                return 0;

        return -ETIMEDOUT;
}

int peer_tune(int fd) {
        static const struct {
                int level, name, value;
        } options[] = {
                { IPPROTO_TCP, TCP_NODELAY, 1 },
                { SOL_SOCKET, SO_KEEPALIVE, 1 },
                { IPPROTO_TCP, TCP_KEEPIDLE, PROBE_SEC },
                { IPPROTO_TCP, TCP_KEEPINTVL, PROBE_SEC },
                { IPPROTO_TCP, TCP_KEEPCNT, PEER_DEAD_MSEC / 1000 / PROBE_SEC - 1 },
        };

        for (size_t i = 0; i < ARRAY_LEN(options); i++)
                if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                               sizeof options[i].value) < 0)
                        return -errno;

        return 0;
}
