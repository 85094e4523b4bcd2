/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control.h"

#include "command.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LINE_MAX_SIZE 4096

struct ControlClient {
        TAILQ_ENTRY(ControlClient) entry;
        int fd;
        char line[LINE_MAX_SIZE];
        size_t line_size;
        Wait wait;
        uint64_t deadline_msec;
        char *body; /* the answer to a wait that comes true */
        char *out;  /* the whole answer; NULL until there is one */
        size_t out_size;
        size_t out_done;
        bool is_finished;
};

static bool path_is_alive(const struct sockaddr_un *address) {
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        return fd >= 0 && connect(fd, (const struct sockaddr *) address, sizeof *address) == 0;
}

int control_listen(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;
        struct stat st;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));

        if (lstat(path, &st) == 0) {
                if (!S_ISSOCK(st.st_mode))
                        return -EEXIST;
                if (path_is_alive(&address))
                        return -EADDRINUSE;
                if (unlink(path) < 0)
                        return -errno;
        }
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 64) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int control_init(Control *control, Fabric *fabric, const char *path) {
        int fd = control_listen(path);

        if (fd < 0)
                return fd;
        *control = (Control){ .fabric = fabric, .fd = fd };
        TAILQ_INIT(&control->clients);
        return 0;
}

static void control_drop_client(Control *control, ControlClient *client) {
        TAILQ_REMOVE(&control->clients, client, entry);
        control->n_clients--;
        (void) close(client->fd);
        free(client->body);
        free(client->out);
        free(client);
}

void control_done(Control *control) {
        ControlClient *client;

        while ((client = TAILQ_FIRST(&control->clients)))
                control_drop_client(control, client);
        (void) close(control->fd);
}

static void control_accept(Control *control) {
        ControlClient *client;
        int fd;

        fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return;
        client = control->n_clients < CONTROL_CLIENTS_MAX ? calloc(1, sizeof *client) : NULL;
        if (!client) {
                (void) close(fd);
                return;
        }
        client->fd = fd;
        TAILQ_INSERT_TAIL(&control->clients, client, entry);
        control->n_clients++;
}

static void client_send(ControlClient *client) {
        while (client->out_done < client->out_size) {
                ssize_t n = send(client->fd, client->out + client->out_done,
                                 client->out_size - client->out_done, MSG_NOSIGNAL);

                if (n < 0) {
                        client->is_finished = errno != EAGAIN && errno != EINTR;
                        return;
                }
                client->out_done += (size_t) n;
        }
        client->is_finished = true;
}

/* An error without a text is an answer that came good. */
static void client_answer(ControlClient *client, const char *error, const char *body) {
        int n;

        if (*error)
                n = asprintf(&client->out, "error: %s\n", error);
        else
                n = asprintf(&client->out, "ok\n%s", body);
        if (n < 0) {
                client->out = NULL;
                client->is_finished = true;
                return;
        }
        client->out_size = (size_t) n;
        client_send(client);
}

static void client_run(Control *control, ControlClient *client) {
        Request request = { .fabric = control->fabric };
        _cleanup_free_ char *body = NULL;
        size_t body_size = 0;

        request.out = open_memstream(&body, &body_size);
        if (!request.out) {
                client_answer(client, "Out of memory.", "");
                return;
        }
        (void) command_run(&request, client->line);
        if (fclose(request.out) != 0) {
                client_answer(client, "Out of memory.", "");
                return;
        }
        client->wait = request.wait;
        if (request.wait.kind != WAIT_NONE && !*request.error) {
                client->deadline_msec = control->fabric->now_msec() + request.wait.timeout_msec;
                client->body = TAKE_PTR(body);
                return;
        }
        client_answer(client, request.error, body);
}

static void client_receive(Control *control, ControlClient *client) {
        char *end;
        ssize_t n;

        n = recv(client->fd, client->line + client->line_size,
                 sizeof client->line - 1 - client->line_size, 0);
        if (n < 0) {
                client->is_finished = errno != EAGAIN && errno != EINTR;
                return;
        }
        /* While it waits, all that can come is the end. */
        if (client->wait.kind != WAIT_NONE) {
                client->is_finished = n == 0;
                client->line_size = 0;
                return;
        }
        client->line_size += (size_t) n;
        client->line[client->line_size] = '\0';
        end = memchr(client->line, '\n', client->line_size);
        if (end)
                *end = '\0';
        else if (client->line_size == sizeof client->line - 1)
                client_answer(client, "The line is too long.", "");
        if (!client->out && (end || n == 0))
                client_run(control, client);
}

size_t control_prepare_poll(const Control *control, struct pollfd *fds, size_t n_fds) {
        const ControlClient *client;
        size_t n = 0;

        fds[n++] = (struct pollfd){ .fd = control->fd, .events = POLLIN };
        TAILQ_FOREACH(client, &control->clients, entry)
                if (n < n_fds)
                        fds[n++] = (struct pollfd){
                                .fd = client->fd,
                                .events = client->out ? POLLOUT : POLLIN,
                        };
        return n;
}

/* fds are as control_prepare_poll() filled them in: same clients, same order. */
void control_handle_poll(Control *control, const struct pollfd *fds, size_t n_fds) {
        ControlClient *client, *next;
        size_t i = 1;

        for (client = TAILQ_FIRST(&control->clients); client && i < n_fds; client = next, i++) {
                next = TAILQ_NEXT(client, entry);
                if (fds[i].revents == 0)
                        continue;
                if (client->out)
                        client_send(client);
                else
                        client_receive(control, client);
                if (client->is_finished)
                        control_drop_client(control, client);
        }
        if (fds[0].revents)
                control_accept(control);
}

uint64_t control_settle(Control *control) {
        uint64_t now_msec = control->fabric->now_msec();
        uint64_t next_msec = UINT64_MAX;
        ControlClient *client, *next;

        for (client = TAILQ_FIRST(&control->clients); client; client = next) {
                next = TAILQ_NEXT(client, entry);
                if (client->wait.kind == WAIT_NONE || client->out)
                        continue;
                if (wait_is_over(control->fabric, &client->wait))
                        client_answer(client, "", client->body);
                else if (client->deadline_msec <= now_msec)
                        client_answer(client, "The time is over and the condition does not hold.",
                                      "");
                else if (client->deadline_msec < next_msec)
                        next_msec = client->deadline_msec;
                if (client->is_finished)
                        control_drop_client(control, client);
        }
        return next_msec == UINT64_MAX ? UINT64_MAX : next_msec - now_msec;
}
