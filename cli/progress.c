/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/progress.h"

#include "common/escape.h"

#include <string.h>
#include <time.h>

uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

void progress_show(Progress *progress, const char *text) {
        char *clean;
        bool is_terminal = isatty(STDERR_FILENO);

        if (*text == '\0' || (progress->is_quiet && !is_terminal))
                return;
        clean = strdup(text);
        if (!clean)
                return;
        (void) escape_in_place(clean);

        if (is_terminal)
                fprintf(stderr, "\r\033[K\033[?7l%s: %s\033[?7h", progress->subject, clean);
        else if (!progress->last || strcmp(progress->last, clean) != 0)
                fprintf(stderr, "npivot: %s: %s\n", progress->subject, clean);
        free(progress->last);
        progress->last = clean;
}

void progress_clear(Progress *progress) {
        if (progress->last && isatty(STDERR_FILENO))
                fputs("\r\033[K", stderr);
}
