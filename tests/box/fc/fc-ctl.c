/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fc-ctl COMMAND…: tells fc-sysfs on the socket $FC_SOCKET what to do. "fc-ctl -" reads commands,
 * one a line, from its standard input.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/cleanup.h"

static int fail(const char *what, const char *name) {
        fprintf(stderr, "fc-ctl: Cannot %s %s: %m\n", what, name);
        return EXIT_FAILURE;
}

static int dial(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        (void) snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                return -errno;

        return TAKE_FD(fd);
}

static int send_line(const char *path, const char *line) {
        _cleanup_(fclosep) FILE *in = NULL;
        int fd, error = 0, c;
        FILE *out;

        fd = dial(path);
        if (fd < 0)
                return fail("reach fc-sysfs on", path);
        if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 || shutdown(fd, SHUT_WR) < 0)
                return fail("talk to", path);

        in = fdopen(fd, "r");
        if (!in || fscanf(in, "%d", &error) != 1)
                return fail("get an answer from", path);

        out = error ? stderr : stdout;
        (void) fgetc(in);
        if (error)
                fprintf(out, "fc-ctl: ");
        while ((c = fgetc(in)) != EOF)
                fputc(c, out);

        return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int send_lines(const char *path, FILE *in) {
        _cleanup_free_ char *line = NULL;
        int status = EXIT_SUCCESS;
        size_t size = 0;

        while (getline(&line, &size, in) > 0)
                if (line[0] != '\n' && line[0] != '#' && send_line(path, line) != EXIT_SUCCESS)
                        status = EXIT_FAILURE;

        return status;
}

static char *quote(int n, char *const *words) {
        char *line = NULL;
        size_t len;
        FILE *out = open_memstream(&line, &len);

        if (!out)
                abort();
        for (int i = 0; i < n; i++)
                fprintf(out, "\"%s\" ", words[i]);
        (void) fclose(out);

        return line;
}

int main(int argc, char *argv[]) {
        const char *path = getenv("FC_SOCKET");
        _cleanup_free_ char *line = NULL;

        if (argc < 2 || !path) {
                fprintf(stderr, "Usage: FC_SOCKET=PATH fc-ctl COMMAND…, or - for standard input\n");
                return 2;
        }
        if (strcmp(argv[1], "-") == 0)
                return send_lines(path, stdin);

        line = quote(argc - 1, argv + 1);
        return send_line(path, line);
}
