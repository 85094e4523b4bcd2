/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/socket.h"

#include "common/cleanup.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int socket_connect(const char *path, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        (void) strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                return -errno;

        return TAKE_FD(fd);
}
