/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/reply.h"

#include "common/escape.h"

#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

static void say(const char *const *fields, size_t n_fields) {
        char line[LINE_MAX_BYTES];
        size_t used = 0;

        for (size_t i = 0; i < n_fields; i++) {
                size_t begin = used + (i > 0);

                if (i > 0)
                        line[used] = '\t';
                used = begin + strlen(fields[i]);
                if (used >= sizeof line - 1)
                        return;
                (void) strcpy(line + begin, fields[i]);
                (void) escape_in_place(line + begin);
        }
        line[used++] = '\n';

        /* Each line whole, or the reader is gone. */
        (void) !write(STDOUT_FILENO, line, used);
}

/* Cut where a line would get too long; an incomplete character is replaced. */
static void format_words(char *buf, size_t size, const char *format, va_list ap)
        __attribute__((format(printf, 3, 0)));
static void format_words(char *buf, size_t size, const char *format, va_list ap) {
        (void) vsnprintf(buf, size, format, ap);
}

void reply_step(const char *format, ...) {
        char words[LINE_MAX_BYTES / 2];
        const char *const fields[] = { "step", words };
        va_list ap;

        va_start(ap, format);
        format_words(words, sizeof words, format, ap);
        va_end(ap);
        say(fields, ARRAY_LEN(fields));
}

void reply_use(const char *kind, const char *object, const char *device, const char *words) {
        const char *const fields[] = { "use", kind, object, device, words };

        say(fields, ARRAY_LEN(fields));
}

void reply_removed(const char *name) {
        const char *const fields[] = { "removed", name };

        say(fields, ARRAY_LEN(fields));
}

int reply_error(const char *cause, const char *format, ...) {
        char words[LINE_MAX_BYTES / 2];
        const char *const fields[] = { "error", cause, words };
        va_list ap;

        va_start(ap, format);
        format_words(words, sizeof words, format, ap);
        va_end(ap);
        say(fields, ARRAY_LEN(fields));
        return -ECANCELED;
}

void reply_done(void) {
        static const char *const fields[] = { "done" };

        say(fields, ARRAY_LEN(fields));
}
