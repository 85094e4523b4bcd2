/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror speed, pause, resume, verify, switch, abort, forget: what becomes of a mirror.
 */

#include "cli/complain.h"
#include "cli/mirror-format.h"
#include "cli/mirror-watch.h"
#include "cli/verbs.h"

#include <string.h>

static int connect_for(Client *client) {
        int r;

        r = mirrord_check_id(&mirrord_job, client->args[0]);
        return r == 0 ? client_connect(client) : r;
}

static int tell(Client *client, const char *method, const char *what, const char *next) {
        int r;

        r = connect_for(client);
        if (r == 0)
                r = mirrord_tell(client, &mirrord_job, client->args[0], method, what, next, NULL);
        return r;
}

int verb_mirror_speed(Client *client) {
        uint64_t speed = 0;
        int r;

        r = mirror_parse_speed(client->args[1], &speed);
        if (r == 0)
                r = connect_for(client);
        if (r == 0)
                r = mirrord_tell(client, &mirrord_job, client->args[0], "SetSpeed", "limit", NULL,
                                 "t", speed);
        return r;
}

int verb_mirror_pause(Client *client) {
        return tell(client, "Pause", "pause", "show");
}

int verb_mirror_resume(Client *client) {
        return tell(client, "Resume", "resume", "show");
}

static bool is_compared(const Mirror *mirror) {
        return mirror_has_ended(mirror) ||
               (!mirror_is(mirror, "verifying") && strcmp(mirror->verification, "pending") != 0 &&
                strcmp(mirror->verification, "running") != 0);
}

/* Not the same, or not for sure. */
static int tell_no_match(const Client *client, const Mirror *mirror) {
        char host[MIRRORD_HOST_MAX];

        (void) mirrord_host_words(client, host);
        if (strcmp(mirror->verification, "different") == 0) {
                (void) complain("Mirror %s: source and targets differ. %s", mirror->id,
                                mirror->message);
                suggest("npivot mirror abort %s%s; do not use the targets.", mirror->id, host);
        } else if (strcmp(mirror->verification, "unsettled") == 0) {
                (void) complain("Mirror %s: nothing differs, but some blocks were being written at "
                                "every look, and were not compared.",
                                mirror->id);
                suggest("npivot mirror verify %s --wait%s again, when the guest writes less.",
                        mirror->id, host);
        } else if (mirror_is(mirror, "failed"))
                return mirror_report(client, mirror);
        else {
                (void) complain("Mirror %s was not compared; it is %s.", mirror->id, mirror->state);
                suggest("npivot mirror show %s%s shows what it is.", mirror->id, host);
        }

        return EXIT_FAILURE;
}

int verb_mirror_verify(Client *client) {
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        r = tell(client, "Verify", "verify", "watch");
        if (r != 0 || !options_have(client->options, OPTION_WAIT))
                return r;
        r = mirror_watch(client, client->args[0], is_compared, &mirror);
        if (r != 0)
                return r;
        if (strcmp(mirror.verification, "same") == 0) {
                printf("Mirror %s: source and targets are the same.\n", mirror.id);
                return 0;
        }

        return tell_no_match(client, &mirror);
}

int verb_mirror_switch(Client *client) {
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        r = tell(client, "Switch", "switch over", "watch");
        if (r != 0 || !options_have(client->options, OPTION_WAIT))
                return r;
        r = mirror_watch(client, client->args[0], mirror_has_ended, &mirror);
        return r != 0 ? r : mirror_report(client, &mirror);
}

/* It had come to its end before. */
static int tell_not_aborted(const Client *client, const Mirror *mirror) {
        char host[MIRRORD_HOST_MAX];

        if (mirror_is(mirror, "failed"))
                return mirror_report(client, mirror);
        (void) complain("Mirror %s is %s: it was too late to abort it.", mirror->id, mirror->state);
        suggest("npivot mirror forget %s%s forgets it.", mirror->id,
                mirrord_host_words(client, host));
        return EXIT_FAILURE;
}

int verb_mirror_abort(Client *client) {
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        r = tell(client, "Abort", "abort", NULL);
        if (r != 0 || !options_have(client->options, OPTION_WAIT))
                return r;
        r = mirror_watch(client, client->args[0], mirror_has_ended, &mirror);
        if (r != 0)
                return r;

        if (!mirror_is(&mirror, "cancelled"))
                return tell_not_aborted(client, &mirror);

        printf("Mirror %s is cancelled.\n", mirror.id);
        return 0;
}

int verb_mirror_forget(Client *client) {
        return tell(client, "Forget", "forget", "abort");
}
