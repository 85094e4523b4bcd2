/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/target-follow.h"

#include "cli/complain.h"
#include "cli/mirror-follow.h"
#include "cli/progress.h"

#define SEC UINT64_C(1000000)
#define LOOK_USEC (SEC / 5)

/* How long mirrord may be away. */
#define AWAY_USEC (10 * SEC)

/* One that cannot be made is removed before it has failed. */
bool target_is_made(const Target *target) {
        return !target_is(target, "new") && !target_is(target, "removing");
}

bool target_is_exported(const Target *target) {
        return target_is_made(target) && !target_is(target, "exporting");
}

bool target_has_ended(const Target *target) {
        return target_is(target, "kept") || target_is(target, "removed") ||
               target_is(target, "failed");
}

/* > 0 when it was seen, 0 when mirrord is away for a moment. */
static int look(Client *client, const char *object, const char *id, uint64_t *seen_usec,
                Target *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = target_query(client, object, ret, &error);
        if (r >= 0) {
                *seen_usec = now_usec();
                return 1;
        }
        if (r == -EINTR || interrupts_came())
                return 0;
        if (mirrord_is_away(&error) && now_usec() < *seen_usec + AWAY_USEC)
                return 0;

        (void) mirrord_refused(client, &mirrord_target, &error, r, "watch", id);
        return -ECANCELED;
}

static int follow(Client *client, const char *object, const char *id,
                  bool (*is_over)(const Target *target), uint64_t deadline_usec, Progress *progress,
                  Target *ret) {
        uint64_t seen_usec = now_usec(), next_usec;
        int r;

        while (!interrupts_came()) {
                _cleanup_(target_done) Target target = { 0 };

                next_usec = now_usec() + LOOK_USEC;
                r = look(client, object, id, &seen_usec, &target);
                if (r < 0)
                        return EXIT_FAILURE;
                if (r > 0 && is_over(&target)) {
                        *ret = target;
                        target = (Target){ 0 };
                        return 0;
                }
                if (r > 0)
                        progress_show(progress, target.state);
                if (now_usec() >= deadline_usec) {
                        progress_clear(progress);
                        (void) complain("Target %s is %s still.", id,
                                        r > 0 ? target.state : "not to be seen");
                        suggest("a longer --timeout waits on.");
                        return EXIT_FAILURE;
                }
                r = bus_pause(client->bus, next_usec < deadline_usec ? next_usec : deadline_usec);
                if (r < 0)
                        return r;
        }

        return -EINTR;
}

int target_follow(Client *client, const char *id, bool (*is_over)(const Target *target),
                  uint64_t deadline_usec, Target *ret) {
        Progress progress = { .subject = id, .is_quiet = true };
        _cleanup_free_ char *object = NULL;
        int r;

        r = mirrord_object(&mirrord_target, id, &object);
        if (r != 0)
                return r;
        interrupts_catch();
        r = follow(client, object, id, is_over, deadline_usec, &progress, ret);
        progress_clear(&progress);
        progress_done(&progress);
        return r;
}

int target_report(const Client *client, const Target *target, const char *wanted) {
        const char *host = client->options->value[OPTION_HOST];
        char words[MIRRORD_HOST_MAX];

        if (target_is(target, wanted)) {
                printf("Target %s%s%s is %s.\n", target->id, host ? " on " : "", host ? host : "",
                       target->state);
                return 0;
        }

        (void) complain("Target %s%s%s is %s%s%s", target->id, host ? " on " : "", host ? host : "",
                        target->state, *target->message != '\0' ? ": " : ".", target->message);
        if (target_is(target, "failed"))
                suggest("npivot mirror gc%s shows what is left of it, npivot target forget %s%s "
                        "forgets it.",
                        mirrord_host_words(client, words), target->id, words);
        return EXIT_FAILURE;
}
