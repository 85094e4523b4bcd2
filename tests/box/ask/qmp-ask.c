/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * qmp-ask SOCKET JSON: puts one command to a QEMU's monitor and prints what it returns, without
 * blanks. Exit code 0; 1: it is refused, and why is on stderr, or nobody is there or answers.
 */

#include "common/cleanup.h"

#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define ANSWER_SEC 10

static int open_monitor(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct timeval time = { .tv_sec = ANSWER_SEC };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (strlen(path) >= sizeof address.sun_path)
                errx(1, "%s: too long for a socket", path);
        strcpy(address.sun_path, path);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) < 0 ||
            connect(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                err(1, "%s", path);

        return fd;
}

/* The next line that is no event. */
static struct json_object *next_reply(FILE *replies, const char *path) {
        _cleanup_free_ char *line = NULL;
        struct json_object *json = NULL;
        size_t size = 0;

        for (;;) {
                if (getline(&line, &size, replies) < 0)
                        errx(1, "%s: no answer", path);
                json = json_tokener_parse(line);
                if (json_object_object_get_ex(json, "return", NULL) ||
                    json_object_object_get_ex(json, "error", NULL))
                        return json;
                json_object_put(json);
        }
}

static struct json_object *ask(FILE *replies, const char *path, const char *command) {
        if (dprintf(fileno(replies), "%s\n", command) < 0)
                err(1, "%s", path);

        return next_reply(replies, path);
}

int main(int argc, char *argv[]) {
        struct json_object *json, *what;
        FILE *replies;

        if (argc != 3)
                errx(2, "usage: qmp-ask SOCKET JSON");
        replies = fdopen(open_monitor(argv[1]), "re");
        if (!replies)
                err(1, "%s", argv[1]);

        json_object_put(ask(replies, argv[1], "{\"execute\":\"qmp_capabilities\"}"));
        json = ask(replies, argv[1], argv[2]);
        if (json_object_object_get_ex(json, "error", &what)) {
                (void) json_object_object_get_ex(what, "desc", &what);
                errx(1, "%s", json_object_get_string(what));
        }
        (void) json_object_object_get_ex(json, "return", &what);
        (void) puts(json_object_to_json_string_ext(what, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(json);
        (void) fclose(replies);
        return 0;
}
