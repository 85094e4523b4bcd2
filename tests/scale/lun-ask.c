/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-ask list: all that lunwatch has, in the words of lun-walk.
 * lun-ask each: reads what lun-walk has found and asks lunwatch for every single path of it, by
 * its H:C:T:L, by its device, and for the LUN behind its initiator by WWID, which must give just
 * the paths with that initiator and WWID, or be refused if one of them is quarantined. Says what is
 * wrong and exits with 1.
 */

#include "tests/scale/lun-line.h"

#include "common/cleanup.h"

#include <err.h>
#include <string.h>

typedef struct Entry {
        char *line;
        char hctl[64], initiator[64], wwid[64], device[64];
        bool is_quarantined;
} Entry;

typedef struct Ask {
        sd_bus *bus;
        Entry *entries;
        size_t n, n_allocated, n_wrong;
} Ask;

static void on_line(const char *line, void *userdata) {
        (void) puts(line);
}

static void wrong(Ask *ask, const char *what, const char *expected, const char *answer) {
        if (ask->n_wrong++ < 10)
                (void) fprintf(stderr, "%s:\n  expected %s\n  got      %s\n", what, expected,
                               answer);
}

static void add_entry(Ask *ask, char *line) {
        Entry *entry;

        if (ask->n == ask->n_allocated) {
                ask->n_allocated = 2 * ask->n_allocated + 1024;
                ask->entries = reallocarray(ask->entries, ask->n_allocated, sizeof *ask->entries);
                if (!ask->entries)
                        err(1, "realloc");
        }
        line[strcspn(line, "\n")] = '\0';
        entry = ask->entries + ask->n++;
        *entry = (Entry){ .line = strdup(line) };
        if (!entry->line || sscanf(line, "%63s %63s %*s %*s %*s %*s %63s %63s", entry->hctl,
                                   entry->initiator, entry->wwid, entry->device) != 4)
                errx(1, "Not a line of lun-walk: %s", line);
}

static void ask_path(Ask *ask, Entry *entry, const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        LunLine line;
        int r;

        r = sd_bus_call_method(ask->bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER, "GetPath",
                               &error, &reply, "s", name);
        if (r < 0)
                wrong(ask, name, entry->line, error.message);
        else if (lun_line_read(reply, line, &entry->is_quarantined) &&
                 strcmp(line, entry->line) != 0)
                wrong(ask, name, entry->line, line);
}

static int compare(const void *a, const void *b) {
        const Entry *x = a, *y = b;
        int r = strcmp(x->initiator, y->initiator);

        return r != 0 ? r : strcmp(x->wwid, y->wwid);
}

static bool is_among(const Entry *group, size_t n, const char *line) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(group[i].line, line) == 0)
                        return true;

        return false;
}

static void check_answer(Ask *ask, const Entry *group, size_t n, sd_bus_message *reply) {
        const char *link, *wwid;
        bool quarantined;
        size_t n_told = 0;
        LunLine line;

        (void) sd_bus_message_read(reply, "ss", &link, &wwid);
        (void) sd_bus_message_enter_container(reply, 'a', "(" LUN_LINE_PATH ")");
        for (; lun_line_read(reply, line, &quarantined); n_told++)
                if (!is_among(group, n, line))
                        wrong(ask, "Lookup by WWID", "one of this initiator and WWID", line);
        if (n_told != n)
                wrong(ask, "Lookup by WWID", group->line, "more or fewer paths");
        if (strcmp(wwid, group->wwid) != 0)
                wrong(ask, "Lookup by WWID", group->wwid, wwid);
        if (*link && strstr(link, group->initiator) == NULL)
                wrong(ask, "Lookup by WWID, the link", group->initiator, link);
}

/* All entries of one initiator and WWID. */
static void ask_lun(Ask *ask, const Entry *group, size_t n) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        bool is_quarantined = false, is_refused;
        char lun[80];
        int r;

        for (size_t i = 0; i < n; i++)
                is_quarantined = is_quarantined || group[i].is_quarantined;

        (void) snprintf(lun, sizeof lun, "wwid:%s", group->wwid);
        r = sd_bus_call_method(ask->bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER, "Lookup",
                               &error, &reply, "sss", group->initiator, "", lun);
        is_refused = r < 0 && sd_bus_error_has_name(&error, "org.npivot.Error.Quarantined");
        if (is_refused != is_quarantined)
                wrong(ask, "Lookup by WWID",
                      is_quarantined ? "a refusal (quarantine)" : group->line,
                      r < 0 ? error.message : "an answer");
        else if (r < 0 && !is_refused)
                wrong(ask, "Lookup by WWID", group->line, error.message);
        else if (r >= 0)
                check_answer(ask, group, n, reply);
}

static int ask_each(Ask *ask) {
        size_t n_luns = 0;
        char line[4096];

        while (fgets(line, sizeof line, stdin))
                add_entry(ask, line);
        for (size_t i = 0; i < ask->n; i++) {
                ask_path(ask, ask->entries + i, ask->entries[i].hctl);
                ask_path(ask, ask->entries + i, ask->entries[i].device + strlen("/dev/"));
        }

        if (ask->n > 0)
                qsort(ask->entries, ask->n, sizeof *ask->entries, compare);
        for (size_t i = 0, n; i < ask->n; i += n, n_luns++) {
                for (n = 1; i + n < ask->n && compare(ask->entries + i, ask->entries + i + n) == 0;)
                        n++;
                ask_lun(ask, ask->entries + i, n);
        }

        (void) printf("%zu paths and %zu LUNs asked for, %zu wrong\n", ask->n, n_luns,
                      ask->n_wrong);
        for (size_t i = 0; i < ask->n; i++)
                free(ask->entries[i].line);
        free(ask->entries);
        return ask->n == 0 || ask->n_wrong > 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        uint64_t generation;
        int r;

        r = sd_bus_open_system(&bus);
        if (r < 0)
                errx(1, "Cannot connect: %s", strerror(-r));

        if (argc == 2 && strcmp(argv[1], "list") == 0) {
                r = lun_line_list(bus, on_line, NULL, &generation);
                if (r < 0)
                        errx(1, "ListPaths: %s", strerror(-r));
                return 0;
        }
        if (argc == 2 && strcmp(argv[1], "each") == 0)
                return ask_each(&(Ask){ .bus = bus });

        errx(2, "Usage: lun-ask list|each");
}
