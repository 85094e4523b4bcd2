/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/target-make.h"

#include "cli/complain.h"
#include "cli/mirror-follow.h"
#include "cli/progress.h"
#include "cli/target-follow.h"

#include <arpa/inet.h>
#include <string.h>

#define TAKE_BACK_USEC (UINT64_C(120) * 1000000)
#define PORTS_A_DISK 2 /* of its relay and its verifier */

int address_check(const char *address) {
        struct in6_addr ignored;

        if (!address)
                return complain_usage("Where do relays listen? Say --address=IP, an address of the "
                                      "other host.");
        if (inet_pton(AF_INET, address, &ignored) == 1 ||
            inet_pton(AF_INET6, address, &ignored) == 1)
                return 0;

        return complain_usage("--address=%s is no IP address.", address);
}

/* The digits that *text begins with, and moves it behind them. */
static unsigned long read_port(const char **text) {
        size_t length = strspn(*text, "0123456789");
        unsigned long port = length > 0 && length <= 5 ? strtoul(*text, NULL, 10) : 0;

        *text += length;
        return port <= UINT16_MAX ? port : 0;
}

int ports_parse(const char *word, PortRange *ret) {
        unsigned long first, last;
        const char *rest = word;

        *ret = (PortRange){ 0 };
        if (!word)
                return 0;
        first = read_port(&rest);
        if (*rest++ != '-')
                first = 0;
        last = first > 0 ? read_port(&rest) : 0;
        if (first == 0 || last < first || *rest != '\0')
                return complain_usage("--ports=%s is no FIRST-LAST, from 1 to 65535, as in "
                                      "49152-49407.",
                                      word);

        *ret = (PortRange){ (uint16_t) first, (uint16_t) last };
        return 0;
}

int ports_check(const PortRange *ports, size_t n_disks) {
        if (ports->first == 0 ||
            (size_t) (ports->last - ports->first) + 1 >= PORTS_A_DISK * n_disks)
                return 0;

        return complain_usage("--ports=%u-%u: these are too few, for %zu disks it takes %zu.",
                              ports->first, ports->last, n_disks, PORTS_A_DISK * n_disks);
}

static int append_disk(sd_bus_message *call, const DiskWords *disk) {
        int r;

        r = sd_bus_message_open_container(call, 'r', "stsa{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "sts", disk->name, disk->size_bytes, disk->path);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && disk->format)
                r = sd_bus_message_append(call, "{sv}", "Format", "s", disk->format);
        if (r >= 0 && disk->preallocation)
                r = sd_bus_message_append(call, "{sv}", "Preallocation", "s", disk->preallocation);
        if (r >= 0 && disk->owner)
                r = sd_bus_message_append(call, "{sv}", "Owner", "s", disk->owner);
        if (r >= 0 && disk->overwrite)
                r = sd_bus_message_append(call, "{sv}", "Overwrite", "b", 1);
        if (r >= 0 && disk->overcommit)
                r = sd_bus_message_append(call, "{sv}", "Overcommit", "b", 1);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int append_disks(sd_bus_message *call, const DiskWordsList *list) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "(stsa{sv})");
        for (size_t i = 0; r >= 0 && i < list->n_disks; i++)
                r = append_disk(call, list->disks + i);

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int append_options(sd_bus_message *call, const TargetOrder *order) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && order->ports.first > 0)
                r = sd_bus_message_append(call, "{sv}", "Ports", "(qq)", order->ports.first,
                                          order->ports.last);
        if (r >= 0)
                r = mirrord_append_tls(call, order->has_tls, order->certificates, order->peer_name);

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int new_call(Client *client, const TargetOrder *order, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, MIRRORD_NAME, MIRRORD_ROOT,
                                           MIRRORD_MANAGER, "Prepare");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", order->id);
        if (r >= 0)
                r = append_disks(call, order->disks);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", order->address);
        if (r >= 0)
                r = append_options(call, order);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(call);
        return 0;
}

int target_prepare(Client *client, const TargetOrder *order, bool *ret_may_exist) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        client->action = MIRRORD_ACTION;
        r = new_call(client, order, &call);
        if (r < 0)
                return r;
        r = sd_bus_call(client->bus, call, 0, &error, NULL);
        *ret_may_exist = r >= 0 || mirrord_reply_is_lost(&error, r);

        return r < 0 ? mirrord_refused(client, &mirrord_target, &error, r, "prepare", order->id)
                     : 0;
}

/* What is left of it is told when it has been taken back. */
static int say_why(const Client *client, const Target *target) {
        const char *host = client->options->value[OPTION_HOST];

        return complain("Target %s%s%s cannot be filled, it is %s: %s", target->id,
                        host ? " on " : "", host ? host : "", target->state, target->message);
}

int target_make(Client *client, const TargetOrder *order, uint64_t deadline_usec,
                bool *ret_may_exist, Target *ret) {
        _cleanup_(target_done) Target made = { 0 }, target = { 0 };
        int r;

        r = target_prepare(client, order, ret_may_exist);
        if (r == 0)
                r = target_follow(client, order->id, target_is_made, deadline_usec, &made);
        if (r == 0 && !target_is(&made, "prepared"))
                return say_why(client, &made);
        if (r == 0)
                r = mirrord_tell(client, &mirrord_target, order->id, "Serve", "serve", NULL, NULL);
        if (r == 0)
                r = target_follow(client, order->id, target_is_exported, deadline_usec, &target);
        if (r != 0)
                return r;
        if (!target_is(&target, "listening"))
                return say_why(client, &target);

        *ret = target;
        target = (Target){ 0 };
        return 0;
}

static void tell_what_is_left(const Client *client, const char *id, const Target *target) {
        const char *host = client->options->value[OPTION_HOST];
        char words[MIRRORD_HOST_MAX];

        if (target_is(target, "removed")) {
                remark("Target %s%s%s was removed again.", id, host ? " on " : "",
                       host ? host : "");
                return;
        }

        remark("Target %s%s%s was given up; it is %s.", id, host ? " on " : "", host ? host : "",
               target->state);
        suggest("npivot mirror gc%s shows whether it has left something.",
                mirrord_host_words(client, words));
}

void target_take_back(Client *client, const char *id) {
        _cleanup_(target_done) Target target = { 0 };
        char words[MIRRORD_HOST_MAX];
        int r;

        /* A second Ctrl-C leaves at once. */
        interrupts_forget();
        r = target_exists(client, id);
        if (r == 0)
                return;
        if (r > 0)
                r = mirrord_tell(client, &mirrord_target, id, "Abort", "abort", NULL, NULL);
        if (r == 0)
                r = target_follow(client, id, target_has_ended, now_usec() + TAKE_BACK_USEC,
                                  &target);
        if (r == 0)
                r = mirrord_tell(client, &mirrord_target, id, "Forget", "forget", NULL, NULL);
        if (r == 0) {
                tell_what_is_left(client, id, &target);
                return;
        }

        remark("Target %s may be there still.", id);
        suggest("npivot target abort %s%s removes it.", id, mirrord_host_words(client, words));
}
