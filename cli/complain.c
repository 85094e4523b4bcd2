/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/complain.h"

#include "common/escape.h"

#include <stdarg.h>
#include <string.h>

/* A text of several lines, such as a list of holders, stays one: only what is in them is cleaned.
 */
static void print_lines(const char *prefix, char *text) {
        char *rest = text, *line;

        while ((line = strsep(&rest, "\n")))
                if (*line != '\0' || rest)
                        fprintf(stderr, "npivot: %s%s\n", line == text ? prefix : "",
                                escape_in_place(line));
}

static void _printf_(2, 0) print(const char *prefix, const char *format, va_list args) {
        _cleanup_free_ char *text = NULL;

        /* What the terminal shows must be in the order in which it happened. */
        (void) fflush(stdout);

        if (vasprintf(&text, format, args) < 0) {
                text = NULL;
                fputs("npivot: out of memory\n", stderr);
                return;
        }
        print_lines(prefix, text);
}

int complain(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print("", format, args);
        va_end(args);

        return EXIT_FAILURE;
}

int complain_usage(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print("", format, args);
        va_end(args);

        suggest("npivot --help lists the verbs, npivot NOUN VERB --help explains one.");
        return EXIT_USAGE;
}

void suggest(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print("next: ", format, args);
        va_end(args);
}

void remark(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print("", format, args);
        va_end(args);
}

int print_line(char *line) {
        errno = 0;
        if (puts(escape_in_place(line)) < 0 || fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;

        return 0;
}
