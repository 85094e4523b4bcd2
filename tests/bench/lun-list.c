/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-list PID FILTER-INITIATOR RUNS: lists all paths (FILTER-INITIATOR "-") or those of one
 * initiator, in pages of 1000, over one open connection, RUNS times. PID is lunwatch's. Prints in
 * one line: paths, the median of a whole list in milliseconds, and the processor time that lunwatch
 * needed for a page, in milliseconds: median and maximum.
 */

#include "common/cleanup.h"
#include "tests/bench/measure.h"
#include "tests/scale/lun-line.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

typedef struct List {
        sd_bus *bus;
        int pid;
        const char *initiator;
        Series pages, lists;
        size_t n_paths;
} List;

static sd_bus_message *ask(List *list, const char *cursor) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        double before = measure_cpu_ms(list->pid);
        sd_bus_message *reply;
        int r;

        if (*list->initiator == '-')
                r = sd_bus_call_method(list->bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                       "ListPaths", &error, &reply, "a{sv}su", 0, cursor, 1000);
        else
                r = sd_bus_call_method(list->bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                       "ListPaths", &error, &reply, "a{sv}su", 1, "Initiator", "s",
                                       list->initiator, cursor, 1000);
        if (r < 0)
                errx(1, "ListPaths: %s", error.message);

        series_add(&list->pages, measure_cpu_ms(list->pid) - before);
        return reply;
}

/* Every field of every path is read, as who lists would. */
static bool read_path(sd_bus_message *reply) {
        const char *s[14];
        uint64_t lun, size;
        uint32_t group;
        int vhba;

        if (sd_bus_message_enter_container(reply, 'r', LUN_LINE_PATH) <= 0)
                return false;
        if (sd_bus_message_read(reply, "sssssstssssssutbs", s, s + 1, s + 2, s + 3, s + 4, s + 5,
                                &lun, s + 6, s + 7, s + 8, s + 9, s + 10, s + 11, &group, &size,
                                &vhba, s + 12) < 0 ||
            sd_bus_message_enter_container(reply, 'a', "s") < 0)
                errx(1, "ListPaths: not a path");
        while (sd_bus_message_read_basic(reply, 's', s + 13) > 0)
                ;
        (void) sd_bus_message_exit_container(reply);
        return sd_bus_message_exit_container(reply) >= 0;
}

static void list_all(List *list) {
        double start = measure_now_usec();
        char cursor[256] = "";

        list->n_paths = 0;
        do {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = ask(list, cursor);
                const char *next;

                (void) sd_bus_message_enter_container(reply, 'a', "(" LUN_LINE_PATH ")");
                while (read_path(reply))
                        list->n_paths++;
                (void) sd_bus_message_exit_container(reply);
                if (sd_bus_message_read(reply, "st", &next, NULL) < 0)
                        errx(1, "ListPaths: no cursor");
                (void) snprintf(cursor, sizeof cursor, "%s", next);
        } while (*cursor);

        series_add(&list->lists, (measure_now_usec() - start) / 1e3);
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        List list = { 0 };
        int r;

        if (argc != 4)
                errx(2, "Usage: lun-list PID INITIATOR|- RUNS");
        r = sd_bus_open_system(&bus);
        if (r < 0)
                errx(1, "Cannot connect: %s", strerror(-r));
        list = (List){ .bus = bus, .pid = atoi(argv[1]), .initiator = argv[2] };

        for (int i = 0; i < atoi(argv[3]); i++)
                list_all(&list);

        (void) printf("%zu %.2f %.2f %.2f\n", list.n_paths, series_quantile(&list.lists, 50),
                      series_quantile(&list.pages, 50), series_max(&list.pages));
        series_done(&list.lists);
        series_done(&list.pages);
        return 0;
}
