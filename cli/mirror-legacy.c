/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror legacy: a whole QEMU that moves to one that waits on another host.
 */

#include "cli/complain.h"
#include "cli/json.h"
#include "cli/legacy-order.h"
#include "cli/mirror-follow.h"
#include "cli/mirror-watch.h"
#include "cli/verbs.h"

static int append_options(sd_bus_message *call, const LegacyOrder *order) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}", "Id", "s", order->id);
        if (r >= 0 && order->is_incremental)
                r = sd_bus_message_append(call, "{sv}", "Incremental", "b", 1);
        if (r >= 0 && order->speed > 0)
                r = sd_bus_message_append(call, "{sv}", "Speed", "t", order->speed);
        if (r >= 0)
                r = mirrord_append_tls(call, order->has_tls, order->certificates, order->peer_name);

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int new_call(Client *client, const LegacyOrder *order, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, MIRRORD_NAME, MIRRORD_ROOT,
                                           MIRRORD_MANAGER, "StartLegacy");
        if (r >= 0)
                r = sd_bus_message_sensitive(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "ssqs", order->monitor, order->address,
                                          (uint16_t) order->port, order->key);
        if (r >= 0)
                r = append_options(call, order);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(call);
        return 0;
}

static int begin(Client *client, const LegacyOrder *order) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        char words[MIRRORD_HOST_MAX];
        bool is_lost;
        int r;

        client->action = MIRRORD_ACTION;
        r = new_call(client, order, &call);
        if (r < 0)
                return r;
        r = sd_bus_call(client->bus, call, 0, &error, NULL);
        if (r >= 0)
                return 0;

        is_lost = mirrord_reply_is_lost(&error, r);
        r = mirrord_refused(client, &mirrord_job, &error, r, "start", order->id);
        if (is_lost)
                suggest("npivot mirror show %s%s shows whether it has begun all the same.",
                        order->id, mirrord_host_words(client, words));
        return r;
}

static int tell(const Client *client, const LegacyOrder *order) {
        _cleanup_(json_freep) Json *json = NULL;
        char words[MIRRORD_HOST_MAX];

        if (options_have(client->options, OPTION_JSON)) {
                json = json_new_object();
                json_set_string(json, "mirror", order->id);
                return json_print_line(json);
        }

        printf("Mirror %s has begun; it moves a whole QEMU.\n", order->id);
        (void) fflush(stdout);
        if (!options_have(client->options, OPTION_WAIT))
                suggest("npivot mirror watch %s%s", order->id, mirrord_host_words(client, words));
        return 0;
}

static int wait_until_moved(Client *client, const LegacyOrder *order) {
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        int r;

        interrupts_catch();
        r = mirror_watch(client, order->id, mirror_has_ended, &mirror);
        if (r == 0 && options_have(client->options, OPTION_JSON))
                return !mirror_is(&mirror, "done");
        if (r == 0)
                r = mirror_report(client, &mirror);
        if (r == 0)
                suggest("compare the disks while both QEMUs stand still, then let the guest go on "
                        "there: mirrord(8).");
        return r;
}

int verb_mirror_legacy(Client *client) {
        _cleanup_(legacy_order_done) LegacyOrder order = { 0 };
        int r;

        r = legacy_order_read(client, &order);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = begin(client, &order);
        if (r == 0)
                r = tell(client, &order);
        if (r == 0 && options_have(client->options, OPTION_WAIT))
                r = wait_until_moved(client, &order);

        return r;
}
