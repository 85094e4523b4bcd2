/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-bars.h"

#include "cli/mirror-format.h"
#include "common/escape.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#define ROWS_DEFAULT 24

static void print_rates(FILE *file, const Mirror *mirror) {
        char text[MIRROR_TEXT_MAX];

        if (mirror_has_ended(mirror))
                return;
        if (mirror->rate > 0)
                fprintf(file, ", %s/s", mirror_format_bytes(mirror->rate, text));
        if (mirror->dirty_rate > 0)
                fprintf(file, ", %s/s written by the guest",
                        mirror_format_bytes(mirror->dirty_rate, text));
        if (mirror->eta_usec != UINT64_MAX && mirror->eta_usec > 0)
                fprintf(file, ", %s left", mirror_format_eta(mirror->eta_usec, text));
}

static void print_rest(FILE *file, const Mirror *mirror) {
        if (*mirror_convergence(mirror) != '\0')
                fprintf(file, ", %s", mirror_convergence(mirror));
        if (*mirror->verification != '\0' && strcmp(mirror->verification, "never") != 0)
                fprintf(file, ", verification %s", mirror->verification);
        if (mirror->n_retried > 0)
                fprintf(file, ", retried %u times", mirror->n_retried);
        if (*mirror->message != '\0')
                fprintf(file, ", %s", mirror->message);
}

static void print_disks(FILE *file, const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                fprintf(file, "%s%s %u %%", i > 0 ? ", " : "", mirror->disks[i].name,
                        mirror_disk_percent(mirror->disks + i));
}

char *bars_disks(const Mirror *mirror) {
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        if (!file)
                return NULL;
        print_disks(file, mirror);
        print_rates(file, mirror);
        return fclose(file) == 0 ? text : NULL;
}

char *bars_summary(const Mirror *mirror) {
        char state[MIRROR_TEXT_MAX], *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        if (!file)
                return NULL;
        fprintf(file, "%s%s", mirror_format_state(mirror, state), mirror->n_disks > 0 ? ", " : "");
        print_disks(file, mirror);
        print_rates(file, mirror);
        print_rest(file, mirror);
        return fclose(file) == 0 ? text : NULL;
}

bool bars_can_be_drawn(void) {
        const char *term = getenv("TERM");

        return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* Lines that have left the screen cannot be written over. */
static size_t count_rows(void) {
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
                return ROWS_DEFAULT;

        return size.ws_row;
}

static void draw_line(const char *format, ...) _printf_(1, 2);

/* Cut at the edge: a line that wraps would be two. */
static void draw_line(const char *format, ...) {
        _cleanup_free_ char *line = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&line, format, args);
        va_end(args);
        if (n < 0) {
                line = NULL;
                return;
        }
        printf("\r\033[K%s\n", escape_in_place(line));
}

static void draw_disk(const MirrorDisk *disk, int width) {
        unsigned percent = mirror_disk_percent(disk);
        char bar[3 * MIRROR_BAR_WIDTH + 1], done[MIRROR_TEXT_MAX], total[MIRROR_TEXT_MAX];

        draw_line("%-*s  %-7s  %s  %3u %%  %s of %s", width, disk->name, disk->state,
                  mirror_format_bar(percent, bar), percent, mirror_format_bytes(disk->n_done, done),
                  mirror_format_bytes(disk->n_total, total));
}

static void draw_state(const Mirror *mirror) {
        char state[MIRROR_TEXT_MAX], *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        if (!file)
                return;
        print_rates(file, mirror);
        print_rest(file, mirror);
        if (fclose(file) == 0)
                draw_line("%s: %s%s", mirror->id, mirror_format_state(mirror, state), text);
        free(text);
}

void bars_draw(Bars *bars, const Mirror *mirror) {
        size_t n_rows = count_rows(), n_shown = mirror->n_disks;
        int width = 0;

        /* The last line, the cursor's, and one that tells of those that are not shown. */
        if (n_shown + 2 > n_rows)
                n_shown = n_rows > 3 ? n_rows - 3 : 0;
        for (size_t i = 0; i < n_shown; i++)
                if ((int) strlen(mirror->disks[i].name) > width)
                        width = (int) strlen(mirror->disks[i].name);

        if (bars->n_lines > 0)
                printf("\033[%zuA", bars->n_lines);
        fputs("\033[?7l", stdout);
        for (size_t i = 0; i < n_shown; i++)
                draw_disk(mirror->disks + i, width);
        if (n_shown < mirror->n_disks)
                draw_line("… and %zu more disks", mirror->n_disks - n_shown);
        draw_state(mirror);
        fputs("\033[?7h\033[J", stdout);
        (void) fflush(stdout);
        bars->n_lines = n_shown + (n_shown < mirror->n_disks) + 1;
}
