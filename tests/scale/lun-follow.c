/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-follow FILE: a subscriber. Lists once, then keeps what it has true by Changed alone; lists
 * again only when lunwatch has another owner or a generation is missing. On SIGUSR1 what it
 * believes goes to FILE, in the words of lun-walk, and "N lists, N gaps" to stdout. Ends on
 * SIGTERM.
 */

#include "tests/scale/lun-line.h"

#include "common/cleanup.h"

#include <err.h>
#include <search.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-event.h>

typedef struct Follower {
        sd_bus *bus;
        void *lines; /* a tree of texts, by the H:C:T:L they begin with */
        uint64_t generation;
        bool is_true;
        unsigned n_lists, n_gaps;
        const char *file;
} Follower;

static int compare(const void *a, const void *b) {
        const char *x = a, *y = b;
        size_t n = strcspn(x, " "), m = strcspn(y, " ");

        return n != m ? (n > m) - (n < m) : memcmp(x, y, n);
}

static void forget(Follower *follower, const char *line) {
        char **found = tfind(line, &follower->lines, compare);
        char *old;

        if (!found)
                return;
        old = *found;
        (void) tdelete(line, &follower->lines, compare);
        free(old);
}

static void learn(const char *line, void *userdata) {
        Follower *follower = userdata;
        char *copy = strdup(line);

        forget(follower, line);
        if (!copy || !tsearch(copy, &follower->lines, compare))
                err(1, "no memory");
}

static void list(Follower *follower) {
        int r;

        tdestroy(follower->lines, free);
        follower->lines = NULL;
        follower->n_lists++;
        r = lun_line_list(follower->bus, learn, follower, &follower->generation);
        /* Killed meanwhile: the next owner of the name says when to try again. */
        follower->is_true = r >= 0;
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Follower *follower = userdata;
        uint64_t generation;
        const char *kind;
        bool quarantined;
        LunLine line;

        if (!follower->is_true || sd_bus_message_read(signal, "t", &generation) < 0)
                return 0;
        if (generation > follower->generation + 1) {
                follower->n_gaps++;
                list(follower);
                return 0;
        }
        if (generation > follower->generation)
                follower->generation = generation;

        (void) sd_bus_message_enter_container(signal, 'a', "(ss(" LUN_LINE_PATH "))");
        while (sd_bus_message_enter_container(signal, 'r', "ss(" LUN_LINE_PATH ")") > 0) {
                (void) sd_bus_message_read(signal, "ss", &kind, NULL);
                (void) lun_line_read(signal, line, &quarantined);
                (void) sd_bus_message_exit_container(signal);
                if (strcmp(kind, "removed") == 0)
                        forget(follower, line);
                else
                        learn(line, follower);
        }

        return 0;
}

static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Follower *follower = userdata;
        const char *owner;

        if (sd_bus_message_read(signal, "sss", NULL, NULL, &owner) < 0)
                return 0;
        follower->is_true = false;
        if (*owner)
                list(follower);

        return 0;
}

static FILE *dump_file;

static void dump_line(const void *node, VISIT visit, int level) {
        if (visit == postorder || visit == leaf)
                (void) fprintf(dump_file, "%s\n", *(char *const *) node);
}

/* Renamed into place, so that who waits for the file finds all of it. */
static int on_dump(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Follower *follower = userdata;
        char temporary[4096];

        (void) snprintf(temporary, sizeof temporary, "%s.new", follower->file);
        dump_file = fopen(temporary, "we");
        if (!dump_file)
                err(1, "%s", temporary);
        twalk(follower->lines, dump_line);
        if (fclose(dump_file) != 0 || rename(temporary, follower->file) < 0)
                err(1, "%s", follower->file);
        (void) printf("%u lists, %u gaps\n", follower->n_lists, follower->n_gaps);
        (void) fflush(stdout);
        return 0;
}

static void check(int r, const char *what) {
        if (r < 0)
                errx(1, "%s: %s", what, strerror(-r));
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        Follower follower = { 0 };
        sigset_t signals;

        if (argc != 2)
                errx(2, "Usage: lun-follow FILE");
        follower.file = argv[1];

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGUSR1);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &signals, NULL);

        check(sd_event_new(&event), "event");
        check(sd_bus_open_system(&bus), "bus");
        check(sd_bus_attach_event(bus, event, 0), "bus");
        follower.bus = bus;
        check(sd_bus_match_signal(bus, NULL, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                  "Changed", on_changed, &follower),
              "match");
        check(sd_bus_add_match(bus, NULL,
                               "type='signal',sender='org.freedesktop.DBus',"
                               "member='NameOwnerChanged',arg0='" LUNWATCH_NAME "'",
                               on_owner, &follower),
              "match");
        check(sd_event_add_signal(event, NULL, SIGUSR1, on_dump, &follower), "signal");
        check(sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL), "signal");
        list(&follower);

        check(sd_event_loop(event), "loop");
        tdestroy(follower.lines, free);
        return 0;
}
