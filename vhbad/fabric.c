/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/fabric.h"

#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define TIMEOUT_SEC 5

static int open_socket(void) {
        static const struct sockaddr_un address = {
                .sun_family = AF_UNIX,
                .sun_path = FABRIC_SOCKET,
        };
        static const struct timeval timeout = { .tv_sec = TIMEOUT_SEC };
        _cleanup_close_ int fd = -EBADF;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                return -errno;

        return TAKE_FD(fd);
}

static int read_answer(int fd, char *buf, size_t size) {
        size_t used = 0;

        while (used < size - 1) {
                ssize_t n = read(fd, buf + used, size - 1 - used);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                used += (size_t) n;
        }
        buf[used] = '\0';

        return 0;
}

int fabric_find_port(const char *host, Wwn wwpn, uint32_t *ret_port_id) {
        char line[FABRIC_LINE_MAX];
        _cleanup_close_ int fd = -EBADF;
        uint32_t port_id;
        int length, error, r;

        fd = open_socket();
        if (fd < 0)
                return fd == -ENOENT ? -ENOTCONN : fd;
        length = snprintf(line, sizeof line, "%.31s %s\n", host, WWN_STR(wwpn));
        if (send(fd, line, (size_t) length, MSG_NOSIGNAL) != length)
                return -EIO;
        r = read_answer(fd, line, sizeof line);
        if (r < 0)
                return r;

        if (strcmp(line, "none\n") == 0)
                return -ENOENT;
        if (sscanf(line, "error %d", &error) == 1)
                return error > 0 && error != ENOENT ? -error : -EIO;
        if (sscanf(line, "port %6" SCNx32, &port_id) != 1)
                return -EPROTO;

        *ret_port_id = port_id;
        return 0;
}
