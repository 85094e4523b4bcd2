/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/control.h"

#include <string.h>
#include <sys/socket.h>

void control_init(Control *control) {
        for (size_t i = 0; i < ARRAY_LEN(control->fds); i++)
                control->fds[i] = -EBADF;
}

int control_open(Control *control, const char *path) {
        _cleanup_close_ int fd = -EBADF;

        control->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof control->address.sun_path)
                return -ENAMETOOLONG;
        (void) strcpy(control->address.sun_path, path);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        if (bind(fd, (struct sockaddr *) &control->address, sizeof control->address) < 0 ||
            listen(fd, CONTROL_CLIENTS_MAX) < 0)
                return -errno;

        control->fds[0] = TAKE_FD(fd);
        return 0;
}

static void drop(int *fd) {
        closep(fd);
        *fd = -EBADF;
}

void control_close(Control *control) {
        if (control->fds[0] >= 0)
                (void) unlink(control->address.sun_path);
        for (size_t i = 0; i < ARRAY_LEN(control->fds); i++)
                drop(control->fds + i);
}

size_t control_prepare(const Control *control, struct pollfd polls[static CONTROL_POLL_MAX]) {
        for (size_t i = 0; i < ARRAY_LEN(control->fds); i++)
                polls[i] = (struct pollfd){ .fd = control->fds[i], .events = POLLIN };

        return ARRAY_LEN(control->fds);
}

/* One more than there is room for is turned away. */
static void take_client(Control *control) {
        int fd = accept4(control->fds[0], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        for (size_t i = 1; fd >= 0 && i < ARRAY_LEN(control->fds); i++)
                if (control->fds[i] < 0) {
                        control->fds[i] = fd;
                        return;
                }
        drop(&fd);
}

static void serve(Control *control, int *fd) {
        char request[CONTROL_PACKET_MAX], answer[CONTROL_PACKET_MAX] = "";
        ssize_t n;

        n = recv(*fd, request, sizeof request - 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                drop(fd);
                return;
        }
        request[n] = '\0';
        request[strcspn(request, "\n")] = '\0';
        control->on_request(control->userdata, request, answer);
        if (send(*fd, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                drop(fd);
}

void control_run(Control *control, const struct pollfd polls[static CONTROL_POLL_MAX]) {
        for (size_t i = 1; i < ARRAY_LEN(control->fds); i++)
                if (polls[i].revents && control->fds[i] >= 0)
                        serve(control, control->fds + i);
        if (polls[0].revents)
                take_client(control);
}
