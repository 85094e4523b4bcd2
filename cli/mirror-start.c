/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror start: disks made on one host and a mirror to them begun on another. What was made
 * is taken back when the mirror certainly did not begin.
 */

#include "cli/complain.h"
#include "cli/json.h"
#include "cli/mirror-begin.h"
#include "cli/mirror-follow.h"
#include "cli/mirror-size.h"
#include "cli/mirror-watch.h"
#include "cli/progress.h"
#include "cli/target-make.h"
#include "cli/verbs.h"

#include <string.h>

typedef struct Start {
        Client *client, *other; /* where the monitor is, and where the disks shall be */
        MirrorOrder *order;
        const char *target_id;
        bool target_may_exist; /* and was made here */
        bool is_lost;          /* nobody knows whether the mirror has begun */
} Start;

/* A mirror of this name would refuse the other only after its disks were made. */
static int check_job_is_new(const Start *start) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        _cleanup_free_ char *object = NULL;
        const char *id = start->order->id;
        char words[MIRRORD_HOST_MAX];
        int r;

        r = mirrord_object(&mirrord_job, id, &object);
        if (r != 0)
                return r;
        r = mirror_query(start->client, object, &mirror, &error);
        if (r < 0 && sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
                return 0;
        if (r < 0)
                return mirrord_refused(start->client, &mirrord_job, &error, r, "look for", id);

        (void) complain("There is a mirror %s already; it is %s.", id, mirror.state);
        suggest("take another --id; npivot mirror show %s%s shows what it is.", id,
                mirrord_host_words(start->client, words));
        return EXIT_FAILURE;
}

/* Only what was made here may be taken back. */
static int check_target_is_new(const Start *start) {
        char words[MIRRORD_HOST_MAX];
        int r;

        r = target_exists(start->other, start->target_id);
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : 0;

        (void) complain("There is a target %s already.", start->target_id);
        suggest("--target=%s fills it if it is listening; npivot target show %s%s shows what it "
                "is.",
                start->target_id, start->target_id, mirrord_host_words(start->other, words));
        return EXIT_FAILURE;
}

static int make_target(Start *start, Target *ret) {
        const MirrorOrder *order = start->order;
        TargetOrder wanted = {
                .id = start->target_id,
                .address = order->address,
                .certificates = order->certificates,
                .peer_name = order->own_name,
                .has_tls = order->has_tls,
                .ports = order->ports,
                .disks = &order->disks,
        };
        int r;

        r = check_target_is_new(start);
        if (r != 0)
                return r;

        return target_make(start->other, &wanted, now_usec() + order->timeout_usec,
                           &start->target_may_exist, ret);
}

static int find_target(const Start *start, Target *ret) {
        _cleanup_(target_done) Target target = { 0 };
        char words[MIRRORD_HOST_MAX];
        int r;

        r = target_load(start->other, start->target_id, &target);
        if (r != 0)
                return r;
        if (!target_is(&target, "listening")) {
                (void) complain("Target %s is %s, not listening.%s%s", target.id, target.state,
                                *target.message != '\0' ? " " : "", target.message);
                if (target_is(&target, "prepared"))
                        suggest("npivot target serve %s%s, or npivot target export.", target.id,
                                mirrord_host_words(start->other, words));
                return EXIT_FAILURE;
        }

        *ret = target;
        target = (Target){ 0 };
        return 0;
}

static int begin(Start *start) {
        _cleanup_(connection_list_done) ConnectionList connections = { 0 };
        _cleanup_(target_done) Target target = { 0 };
        int r;

        r = check_job_is_new(start);
        if (r == 0 && !start->order->target)
                r = mirror_sizes_find(start->client, start->order);
        if (r == 0)
                r = start->order->target ? find_target(start, &target)
                                         : make_target(start, &target);
        if (r == 0)
                r = connection_list_load(start->other, start->target_id, &connections);
        if (r == 0)
                r = mirror_begin_check(start->order, &target, &connections);
        if (r == 0 && interrupts_came())
                r = -EINTR;
        if (r == 0)
                r = mirror_begin(start->client, start->order, &target, &connections,
                                 &start->is_lost);

        return r;
}

static int give_up(Start *start, int r) {
        char here[MIRRORD_HOST_MAX], there[MIRRORD_HOST_MAX];

        if (r < 0)
                r = complain("Mirror %s was not begun: %s", start->order->id,
                             r == -EINTR ? "interrupted." : strerror(-r));
        if (start->is_lost) {
                remark("Mirror %s may have begun all the same: its target %s was left as it is.",
                       start->order->id, start->target_id);
                suggest("npivot mirror show %s%s shows whether it has; if not, npivot target abort "
                        "%s%s.",
                        start->order->id, mirrord_host_words(start->client, here), start->target_id,
                        mirrord_host_words(start->other, there));
        } else if (start->target_may_exist)
                target_take_back(start->other, start->target_id);

        return r;
}

static int tell(const Start *start) {
        const char *host = start->other->options->value[OPTION_HOST];
        _cleanup_(json_freep) Json *json = NULL;
        char words[MIRRORD_HOST_MAX];

        if (options_have(start->client->options, OPTION_JSON)) {
                json = json_new_object();
                json_set_string(json, "mirror", start->order->id);
                json_set_string(json, "target", start->target_id);
                json_set_string(json, "target_host", host);
                return json_print_line(json);
        }

        printf("Mirror %s has begun; it fills target %s%s%s.\n", start->order->id, start->target_id,
               host ? " on " : "", host ? host : "");
        (void) fflush(stdout);
        if (!options_have(start->client->options, OPTION_WAIT))
                suggest("npivot mirror watch %s --ready%s", start->order->id,
                        mirrord_host_words(start->client, words));
        return 0;
}

static int wait_until_ready(const Start *start) {
        bool is_quiet = options_have(start->client->options, OPTION_JSON);
        char here[MIRRORD_HOST_MAX], there[MIRRORD_HOST_MAX];
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        r = mirror_watch(start->client, start->order->id, mirror_is_ready_or_ended, &mirror);
        if (r == 0 && is_quiet)
                return !mirror_is(&mirror, "ready");
        if (r == 0)
                r = mirror_report(start->client, &mirror);
        if (r == 0 && mirror_is(&mirror, "ready"))
                suggest("npivot mirror switch %s --wait%s, then npivot target commit %s%s",
                        start->order->id, mirrord_host_words(start->client, here), start->target_id,
                        mirrord_host_words(start->other, there));
        return r;
}

static int run(Client *client, Client *other, MirrorOrder *order) {
        Start start = {
                .client = client,
                .other = other,
                .order = order,
                .target_id = order->target ? order->target : order->id,
        };
        int r;

        interrupts_catch();
        r = begin(&start);
        if (r != 0)
                return give_up(&start, r);
        r = tell(&start);
        if (r == 0 && options_have(client->options, OPTION_WAIT))
                r = wait_until_ready(&start);

        return r;
}

int verb_mirror_start(Client *client) {
        Options options = *client->options;
        _cleanup_(client_done) Client other = { .options = &options };
        _cleanup_(mirror_order_done) MirrorOrder order = { 0 };
        int r;

        r = mirror_order_read(client, &order);
        if (r == 0)
                r = client_connect(client);
        if (order.to)
                options.value[OPTION_HOST] = order.to;
        if (r == 0)
                r = client_connect(&other);

        return r != 0 ? r : run(client, &other, &order);
}
