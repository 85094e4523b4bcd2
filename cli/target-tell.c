/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot target prepare, serve, export, commit, abort, forget: what becomes of a target.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/mirror-follow.h"
#include "cli/progress.h"
#include "cli/target-follow.h"
#include "cli/target-make.h"
#include "cli/verbs.h"

/* With --wait, until is_over; the state it should have then is the wanted one. */
static int wait_for(Client *client, bool (*is_over)(const Target *target), const char *wanted) {
        const char *id = client->args[0];
        _cleanup_(target_done) Target target = { 0 };
        uint64_t timeout_usec;
        int r;

        if (!options_have(client->options, OPTION_WAIT))
                return 0;
        r = argument_timeout_option(client, ARGUMENT_HOUR_USEC, ARGUMENT_DISKS_USEC_MAX,
                                    &timeout_usec);
        if (r == 0)
                r = target_follow(client, id, is_over, now_usec() + timeout_usec, &target);
        if (r == -EINTR) {
                remark("No longer waited for; target %s goes on.", id);
                return EXIT_FAILURE;
        }

        return r != 0 ? r : target_report(client, &target, wanted);
}

/* What makes no sense is said before anything is done. */
static int connect_for(Client *client) {
        uint64_t ignored;
        int r;

        r = mirrord_check_id(&mirrord_target, client->args[0]);
        if (r == 0)
                r = argument_timeout_option(client, ARGUMENT_HOUR_USEC, ARGUMENT_DISKS_USEC_MAX,
                                            &ignored);

        return r == 0 ? client_connect(client) : r;
}

static int tell(Client *client, const char *method, const char *what, const char *next) {
        int r;

        r = connect_for(client);
        if (r == 0)
                r = mirrord_tell(client, &mirrord_target, client->args[0], method, what, next,
                                 NULL);
        return r;
}

int verb_target_serve(Client *client) {
        int r = tell(client, "Serve", "serve", "show");

        return r == 0 ? wait_for(client, target_is_exported, "listening") : r;
}

int verb_target_commit(Client *client) {
        int r = tell(client, "Commit", "commit", "show");

        return r == 0 ? wait_for(client, target_has_ended, "kept") : r;
}

int verb_target_abort(Client *client) {
        int r = tell(client, "Abort", "abort", NULL);

        return r == 0 ? wait_for(client, target_has_ended, "removed") : r;
}

int verb_target_forget(Client *client) {
        return tell(client, "Forget", "forget", "abort");
}

/* ---- with disks */

int verb_target_prepare(Client *client) {
        _cleanup_(disk_words_list_done) DiskWordsList disks = { 0 };
        const char *const *value = client->options->value;
        TargetOrder order = {
                .id = client->args[0],
                .address = value[OPTION_ADDRESS],
                .certificates = value[OPTION_CERTIFICATES],
                .peer_name = value[OPTION_PEER_NAME],
                .disks = &disks,
        };
        bool may_exist;
        int r;

        r = address_check(order.address);
        if (r == 0)
                r = argument_yes_option(client, OPTION_TLS, true, &order.has_tls);
        if (r == 0)
                r = ports_parse(value[OPTION_PORTS], &order.ports);
        if (r == 0)
                r = disk_words_list_parse(client, DISK_PLACE, &disks);
        if (r == 0)
                r = ports_check(&order.ports, disks.n_disks);
        if (r == 0)
                r = connect_for(client);
        if (r == 0)
                r = target_prepare(client, &order, &may_exist);

        return r == 0 ? wait_for(client, target_is_made, "prepared") : r;
}

static int call_export(Client *client, const char *monitor, const DiskWordsList *disks) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_free_ char *object = NULL;
        const char *id = client->args[0];
        int r;

        client->action = MIRRORD_ACTION;
        r = mirrord_object(&mirrord_target, id, &object);
        if (r != 0)
                return r;
        r = sd_bus_message_new_method_call(client->bus, &call, MIRRORD_NAME, object, MIRRORD_TARGET,
                                           "Export");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", monitor);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(ss)");
        for (size_t i = 0; r >= 0 && i < disks->n_disks; i++)
                r = sd_bus_message_append(call, "(ss)", disks->disks[i].name, disks->disks[i].node);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r < 0)
                return r;
        r = sd_bus_call(client->bus, call, 0, &error, NULL);

        return r < 0 ? mirrord_refused(client, &mirrord_target, &error, r, "export", id) : 0;
}

int verb_target_export(Client *client) {
        const char *monitor = client->options->value[OPTION_MONITOR];
        _cleanup_(disk_words_list_done) DiskWordsList disks = { 0 };
        int r;

        if (!monitor || *monitor != '/')
                return complain_usage("Which QEMU has its disks open? Say --monitor=/PATH, a QMP "
                                      "socket of it.");
        r = disk_words_list_parse(client, DISK_NODE, &disks);
        if (r == 0)
                r = connect_for(client);
        if (r == 0)
                r = call_export(client, monitor, &disks);

        return r == 0 ? wait_for(client, target_is_exported, "listening") : r;
}
