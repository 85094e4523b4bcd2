/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "command.h"
#include "control.h"
#include "mem.h"

#define LINE_MAX_BYTES 4096U
#define TIMEOUT_SEC 2

static void answer(int fd, char *line) {
        _cleanup_free_ char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        int r;

        if (!out)
                abort();

        r = command_run(line, out);
        (void) fclose(out);
        (void) dprintf(fd, "%d\n%s", -r, text);
}

/* A client that says nothing may hold everything up for TIMEOUT_SEC, and no longer. */
static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct timeval timeout = { .tv_sec = TIMEOUT_SEC };
        char line[LINE_MAX_BYTES + 1];
        _cleanup_close_ int client = -EBADF;
        size_t len = 0;
        ssize_t n;

        client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
                return 0;

        (void) setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        (void) setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);

        do {
                n = recv(client, line + len, LINE_MAX_BYTES - len, 0);
                len += n > 0 ? (size_t) n : 0;
        } while (n > 0);

        line[len] = '\0';
        if (n == 0)
                answer(client, line);

        return 0;
}

int control_listen(const char *path, sd_event *event) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        (void) unlink(path);
        if (bind(fd, (const struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 16) < 0)
                return -errno;

        return sd_event_add_io(event, NULL, fd, EPOLLIN, on_client, NULL);
}
