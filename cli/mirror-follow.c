/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-follow.h"

#include "cli/complain.h"
#include "cli/progress.h"

#include <signal.h>

#define SEC UINT64_C(1000000)
#define LOOK_USEC (SEC / 2)

/* How long mirrord may be away. */
#define AWAY_USEC (10 * SEC)

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number) {
        is_interrupted = 1;
}

void interrupts_catch(void) {
        struct sigaction action = { .sa_handler = on_signal };

        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
}

bool interrupts_came(void) {
        return is_interrupted;
}

void interrupts_forget(void) {
        is_interrupted = 0;
}

int bus_pause(sd_bus *bus, uint64_t until_usec) {
        uint64_t now;
        int r;

        while (!is_interrupted && (now = now_usec()) < until_usec) {
                /* What is in the queue already would make the wait return at once. */
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, until_usec - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }

        return 0;
}

static void clear(const Follow *follow) {
        if (follow->clear)
                follow->clear(follow->userdata);
}

static int give_up(const Client *client, const Follow *follow, const char *id) {
        char host[MIRRORD_HOST_MAX];

        clear(follow);
        remark("No longer watched; mirror %s goes on.", id);
        suggest("npivot mirror watch %s%s goes on watching, npivot mirror abort %s%s ends it.", id,
                mirrord_host_words(client, host), id, host);
        return EXIT_FAILURE;
}

static int run_out(const Client *client, const Follow *follow, const char *id, const char *state) {
        char host[MIRRORD_HOST_MAX];

        clear(follow);
        (void) complain("Mirror %s is %s still.", id, state);
        suggest("it goes on; npivot mirror show %s%s shows how far it is, a longer --timeout waits "
                "on.",
                id, mirrord_host_words(client, host));
        return EXIT_FAILURE;
}

/* > 0 when it was seen, 0 when mirrord is away for a moment. */
static int look(Client *client, const char *object, const char *id, const Follow *follow,
                uint64_t *seen_usec, Mirror *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = mirror_query(client, object, ret, &error);
        if (r >= 0) {
                *seen_usec = now_usec();
                return 1;
        }
        if (r == -EINTR || interrupts_came())
                return 0;
        if (*seen_usec > 0 && mirrord_is_away(&error) && now_usec() < *seen_usec + AWAY_USEC)
                return 0;

        clear(follow);
        (void) mirrord_refused(client, &mirrord_job, &error, r, "watch", id);
        return -ECANCELED;
}

int mirror_follow(Client *client, const char *id, const Follow *follow, Mirror *ret) {
        _cleanup_free_ char *object = NULL;
        uint64_t seen_usec = 0, next_usec;
        int r;

        r = mirrord_object(&mirrord_job, id, &object);
        if (r != 0)
                return r;
        interrupts_catch();
        while (!interrupts_came()) {
                _cleanup_(mirror_done) Mirror mirror = { 0 };

                next_usec = now_usec() + LOOK_USEC;
                r = look(client, object, id, follow, &seen_usec, &mirror);
                if (r < 0)
                        return EXIT_FAILURE;
                if (r > 0 && follow->show)
                        follow->show(follow->userdata, &mirror);
                if (r > 0 && follow->is_over(&mirror)) {
                        clear(follow);
                        *ret = mirror;
                        mirror = (Mirror){ 0 };
                        return 0;
                }
                if (now_usec() >= follow->deadline_usec)
                        return run_out(client, follow, id, r > 0 ? mirror.state : "not to be seen");
                if (next_usec > follow->deadline_usec)
                        next_usec = follow->deadline_usec;
                r = bus_pause(client->bus, next_usec);
                if (r < 0)
                        return r;
        }

        return give_up(client, follow, id);
}

bool mirror_is_ready_or_ended(const Mirror *mirror) {
        return mirror_is(mirror, "ready") || mirror_has_ended(mirror);
}

int mirror_report(const Client *client, const Mirror *mirror) {
        char host[MIRRORD_HOST_MAX];

        if (mirror_is(mirror, "failed")) {
                (void) complain("Mirror %s has failed: %s", mirror->id, mirror->message);
                suggest("npivot mirror show %s%s shows its disks, npivot mirror forget %s%s forgets "
                        "it.",
                        mirror->id, mirrord_host_words(client, host), mirror->id, host);
                return EXIT_FAILURE;
        }
        if (mirror_is(mirror, "cancelled"))
                return complain("Mirror %s was cancelled.", mirror->id);

        printf("Mirror %s is %s.\n", mirror->id, mirror->state);
        return 0;
}
