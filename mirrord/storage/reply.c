/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/reply.h"

#include "common/escape.h"
#include "mirrord/storage/request.h"

#include <poll.h>
#include <stdarg.h>
#include <string.h>

static void say(const char *text) {
        /* One write is one packet; a reader that has gone wants none. */
        (void) !write(STDOUT_FILENO, text, strlen(text));
}

int reply_error(const char *cause, const char *format, ...) {
        char text[STORAGE_PACKET_MAX], words[STORAGE_PACKET_MAX - 64];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        (void) escape_in_place(words);
        (void) snprintf(text, sizeof text, "error\t%.32s\t%s", cause, words);
        say(text);
        return -ECANCELED;
}

int reply_other(const char *path) {
        return reply_error("refused",
                           "%s is not the disk that was prepared: something else has its path by "
                           "now. Abort the target and prepare it again.",
                           path);
}

int reply_done(const char *format, ...) {
        char text[STORAGE_PACKET_MAX], fields[STORAGE_PACKET_MAX - 64];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(fields, sizeof fields, format, ap);
        va_end(ap);
        (void) snprintf(text, sizeof text, "done\t%s", fields);
        say(text);
        return 0;
}

bool reply_is_unwanted(void) {
        struct pollfd poll_fd = { .fd = STDIN_FILENO, .events = POLLRDHUP };

        return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (POLLHUP | POLLRDHUP | POLLERR);
}
