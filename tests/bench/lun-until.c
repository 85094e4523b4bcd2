/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-until PID: lets a stopped lunwatch (PID) go on, and lists all its paths until they are those
 * that lun-walk has found (stdin). As a subscriber does, it lists when nothing new was told for
 * 20 ms: one that lists all the time would be most of what lunwatch has to do. Prints how many
 * milliseconds that took, those 20 included; gives up after 30 s.
 */

#include "common/cleanup.h"
#include "tests/bench/measure.h"
#include "tests/scale/lun-line.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 30e3
#define QUIET_USEC 20000

typedef struct Lines {
        char **items;
        size_t n, n_allocated;
} Lines;

static void add(const char *line, void *userdata) {
        Lines *lines = userdata;

        if (lines->n == lines->n_allocated) {
                lines->n_allocated = 2 * lines->n_allocated + 1024;
                lines->items = reallocarray(lines->items, lines->n_allocated, sizeof *lines->items);
                if (!lines->items)
                        err(1, "realloc");
        }
        lines->items[lines->n] = strdup(line);
        if (!lines->items[lines->n++])
                err(1, "strdup");
}

static void lines_done(Lines *lines) {
        for (size_t i = 0; i < lines->n; i++)
                free(lines->items[i]);
        free(lines->items);
}

static int compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static bool equals(const Lines *a, const Lines *b) {
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (strcmp(a->items[i], b->items[i]) != 0)
                        return false;

        return true;
}

static bool is_right(sd_bus *bus, const Lines *expected) {
        _cleanup_(lines_done) Lines lines = { 0 };
        uint64_t generation;

        if (lun_line_list(bus, add, &lines, &generation) < 0)
                return false;
        if (lines.n > 0)
                qsort(lines.items, lines.n, sizeof *lines.items, compare);
        return equals(&lines, expected);
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        return 0;
}

static void until_quiet(sd_bus *bus) {
        int r;

        do
                while ((r = sd_bus_process(bus, NULL)) > 0)
                        ;
        while (r >= 0 && sd_bus_wait(bus, QUIET_USEC) > 0);
        if (r < 0)
                errx(1, "The bus: %s", strerror(-r));
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(lines_done) Lines expected = { 0 };
        char line[4096];
        double start;
        int r;

        if (argc != 2)
                errx(2, "Usage: lun-until PID");
        r = sd_bus_open_system(&bus);
        if (r < 0)
                errx(1, "Cannot connect: %s", strerror(-r));
        r = sd_bus_match_signal(bus, NULL, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                "Changed", on_changed, NULL);
        if (r < 0)
                errx(1, "Cannot subscribe: %s", strerror(-r));
        while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\n")] = '\0';
                add(line, &expected);
        }
        if (expected.n > 0)
                qsort(expected.items, expected.n, sizeof *expected.items, compare);

        start = measure_now_usec();
        (void) kill(atoi(argv[1]), SIGCONT);
        for (until_quiet(bus); !is_right(bus, &expected); until_quiet(bus))
                if (measure_now_usec() - start > PATIENCE_MS * 1e3)
                        errx(1, "lunwatch does not come to the truth");

        (void) printf("%.0f\n", (measure_now_usec() - start) / 1e3);
        return 0;
}
