/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fabric-switch: a Fibre Channel switch made of software. Reads the options, owns the sockets and
 * the clock, and runs until it is told to stop; what a frame means is decided elsewhere.
 */

#include "argument.h"
#include "control.h"
#include "frame.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#define LISTENERS_MAX 64
#define POLL_MAX (2 + LISTENERS_MAX + FABRIC_LINKS_MAX + CONTROL_CLIENTS_MAX)
#define DOMAIN_MAX 239

typedef struct Switch {
        FabricConfig config;
        Fabric fabric;
        Control control;
        const char *control_path;
        const char *listen_paths[LISTENERS_MAX];
        int listen_fds[LISTENERS_MAX];
        size_t n_listeners;
        const char *interfaces[FABRIC_LINKS_MAX];
        size_t n_interfaces;
        int signal_fd;
} Switch;

static const char help[] =
        "Usage: fabric-switch --control=SOCKET [OPTION...]\n"
        "A Fibre Channel switch made of software: FCoE hosts log in through it.\n"
        "\n"
        "  -l, --listen=SOCKET           take links here (QEMU: -netdev stream,addr.type=unix)\n"
        "  -i, --interface=IFNAME        make this network interface a link (needs root)\n"
        "  -c, --control=SOCKET          take commands here (see fabric-ctl)\n"
        "  -d, --domain=N                1..239; the fabric's name ends with it (default 1)\n"
        "  -k, --keep-alive=MSEC         keep-alive period that hosts are told (default 8000)\n"
        "  -D, --duplicate-policy=WHAT   for a WWPN already logged in: reject (default),\n"
        "                                takeover or allow\n"
        "  -m, --max-vports=N            per link (default 255)\n"
        "      --no-npiv                 a fabric that knows no NPIV\n"
        "      --ns-zoning               GID_PN obeys zoning, as on a real switch\n"
        "  -v, --verbose                 say what happens\n"
        "  -h, --help                    show this\n"
        "\n"
        "Both -l and -i may be given several times. SIGTERM ends it.\n";

static uint64_t clock_now_msec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

static int option_number(const char *option, const char *word, uint64_t min, uint64_t max,
                         uint64_t *ret) {
        int r = argument_parse_number(word, min, max, ret);

        if (r < 0)
                fprintf(stderr, "--%s=%s: not a number between %llu and %llu.\n", option, word,
                        (unsigned long long) min, (unsigned long long) max);
        return r;
}

static int option_take(Switch *self, int option, const char *word) {
        FabricConfig *config = &self->config;
        uint64_t number = 0;
        int r = 0;

        switch (option) {
        case 'l':
                if (self->n_listeners == LISTENERS_MAX)
                        return -E2BIG;
                self->listen_paths[self->n_listeners++] = word;
                return 0;
        case 'i':
                if (self->n_interfaces == FABRIC_LINKS_MAX)
                        return -E2BIG;
                self->interfaces[self->n_interfaces++] = word;
                return 0;
        case 'c':
                self->control_path = word;
                return 0;
        case 'd':
                r = option_number("domain", word, 1, DOMAIN_MAX, &number);
                config->domain = (uint8_t) number;
                return r;
        case 'k':
                r = option_number("keep-alive", word, KEEP_ALIVE_MSEC_MIN, KEEP_ALIVE_MSEC_MAX,
                                  &number);
                config->keep_alive_msec = (uint32_t) number;
                return r;
        case 'm':
                r = option_number("max-vports", word, 0, PORTS_PER_LINK - 1, &number);
                config->vports_max = (unsigned) number;
                return r;
        case 'D':
                r = argument_parse_policy(word, &config->duplicate_policy);
                if (r < 0)
                        fprintf(stderr, "--duplicate-policy=%s: reject, takeover or allow.\n",
                                word);
                return r;
        case 'N':
                config->has_npiv = false;
                return 0;
        case 'Z':
                config->has_ns_zoning = true;
                return 0;
        case 'v':
                config->is_verbose = true;
                return 0;
        default:
                fputs("Try --help.\n", stderr);
                return -EINVAL;
        }
}

/* 1: there is nothing more to do. */
static int parse_options(Switch *self, int argc, char **argv) {
        static const struct option options[] = {
                { "listen", required_argument, NULL, 'l' },
                { "interface", required_argument, NULL, 'i' },
                { "control", required_argument, NULL, 'c' },
                { "domain", required_argument, NULL, 'd' },
                { "keep-alive", required_argument, NULL, 'k' },
                { "duplicate-policy", required_argument, NULL, 'D' },
                { "max-vports", required_argument, NULL, 'm' },
                { "no-npiv", no_argument, NULL, 'N' },
                { "ns-zoning", no_argument, NULL, 'Z' },
                { "verbose", no_argument, NULL, 'v' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        int option, r;

        while ((option = getopt_long(argc, argv, "l:i:c:d:k:D:m:vh", options, NULL)) >= 0) {
                if (option == 'h') {
                        fputs(help, stdout);
                        return 1;
                }
                r = option_take(self, option, optarg);
                if (r < 0)
                        return r;
        }
        if (optind < argc) {
                fprintf(stderr, "What is \"%s\" for? Try --help.\n", argv[optind]);
                return -EINVAL;
        }
        if (!self->control_path) {
                fputs("No --control=SOCKET given. Try --help.\n", stderr);
                return -EINVAL;
        }
        return 0;
}

static int open_signals(void) {
        sigset_t mask;

        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        return signalfd(-1, &mask, SFD_CLOEXEC);
}

static int complain(int error, const char *what, const char *name) {
        fprintf(stderr, "Cannot %s %s: %s%s\n", what, name, strerror(-error),
                error == -EADDRINUSE ? " (another switch answers there)" : "");
        return error;
}

static int open_links(Switch *self) {
        int r;

        for (size_t i = 0; i < self->n_listeners; i++) {
                r = control_listen(self->listen_paths[i]);
                if (r < 0)
                        return complain(r, "listen at", self->listen_paths[i]);
                self->listen_fds[i] = r;
        }
        for (size_t i = 0; i < self->n_interfaces; i++) {
                Link *link;

                r = link_new_interface(self->interfaces[i], &link);
                if (r < 0)
                        return complain(r, "open interface", self->interfaces[i]);
                r = fabric_add_link(&self->fabric, link);
                if (r < 0)
                        return complain(r, "add interface", self->interfaces[i]);
        }
        return 0;
}

static void on_frame(Link *link, uint8_t *frame, size_t size, void *userdata) {
        frame_handle(userdata, link, frame, size);
}

static void on_connection(Switch *self, size_t listener) {
        const char *path = self->listen_paths[listener];
        const char *name = strrchr(path, '/');
        Link *link;
        int fd;

        fd = accept4(self->listen_fds[listener], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return;
        if (link_new(fd, LINK_STREAM, name ? name + 1 : path, &link) < 0) {
                (void) close(fd);
                return;
        }
        if (fabric_add_link(&self->fabric, link) < 0) {
                fprintf(stderr, "Refused a link at %s: there are %d already.\n", path,
                        FABRIC_LINKS_MAX);
                (void) link_free(link);
        }
}

static void on_link(Switch *self, Link *link, short revents) {
        int r = 0;

        if (revents & POLLOUT)
                link_flush(link);
        if (revents & (POLLIN | POLLHUP | POLLERR))
                r = link_receive(link, on_frame, &self->fabric);
        if (r < 0)
                fabric_drop_link(&self->fabric, link,
                                 r == -EPIPE ? "closed by the host" : strerror(-r));
}

static int poll_timeout(Switch *self) {
        uint64_t msec = fabric_tick(&self->fabric);
        uint64_t wait_msec = control_settle(&self->control);

        if (wait_msec < msec)
                msec = wait_msec;
        /* One more: the clock's milliseconds are cut off, and waking early means spinning. */
        return msec > 60000 ? 60000 : (int) msec + 1;
}

/* One round. 1: told to stop. */
static int turn(Switch *self) {
        struct pollfd fds[POLL_MAX];
        Link *links[FABRIC_LINKS_MAX];
        size_t n = 0, first_link, first_control, n_links = 0;

        fds[n++] = (struct pollfd){ .fd = self->signal_fd, .events = POLLIN };
        for (size_t i = 0; i < self->n_listeners; i++)
                fds[n++] = (struct pollfd){ .fd = self->listen_fds[i], .events = POLLIN };
        first_link = n;
        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++) {
                Link *link = self->fabric.links[i];

                if (!link)
                        continue;
                fds[n++] = (struct pollfd){
                        .fd = link->fd,
                        .events = link_has_output(link) ? POLLIN | POLLOUT : POLLIN,
                };
                links[n_links++] = link;
        }
        first_control = n;
        n += control_prepare_poll(&self->control, fds + n, POLL_MAX - n);

        if (poll(fds, n, poll_timeout(self)) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[0].revents)
                return 1;
        for (size_t i = 0; i < n_links; i++)
                if (fds[first_link + i].revents)
                        on_link(self, links[i], fds[first_link + i].revents);
        for (size_t i = 0; i < self->n_listeners; i++)
                if (fds[1 + i].revents)
                        on_connection(self, i);
        control_handle_poll(&self->control, fds + first_control, n - first_control);
        return 0;
}

static int serve(Switch *self) {
        int r;

        r = control_init(&self->control, &self->fabric, self->control_path);
        if (r < 0)
                return complain(r, "listen at", self->control_path);
        r = open_links(self);
        while (r == 0)
                r = turn(self);
        for (size_t i = 0; i < self->n_listeners; i++)
                (void) unlink(self->listen_paths[i]);
        (void) unlink(self->control_path);
        control_done(&self->control);
        return r;
}

int main(int argc, char **argv) {
        static Switch self;
        int r;

        self.config = fabric_config_default;
        r = parse_options(&self, argc, argv);
        if (r != 0)
                return r < 0 ? 2 : EXIT_SUCCESS;
        /* A log that is read while it is written: through a pipe, too. */
        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        self.signal_fd = open_signals();
        r = fabric_init(&self.fabric, &self.config, clock_now_msec);
        if (self.signal_fd < 0 || r < 0) {
                fputs("Cannot begin: out of memory or file descriptors.\n", stderr);
                return EXIT_FAILURE;
        }
        r = serve(&self);
        fabric_done(&self.fabric);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
