/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-begin.h"

#include "cli/complain.h"

#include <string.h>

static const Connection *find_connection(const ConnectionList *list, const char *name) {
        for (size_t i = 0; i < list->n_connections; i++)
                if (strcmp(list->connections[i].name, name) == 0)
                        return list->connections + i;

        return NULL;
}

/* With overwrite=yes a disk that was not there is made all the same: empty. */
static int check_contents(const MirrorOrder *order, const TargetDisk *disk) {
        if (order->target || !mirror_order_is_partial(order) || !disk->is_created)
                return 0;

        return complain("Disk %s: there was nothing at %s, and --sync=%s copies a part only.",
                        disk->name, disk->path, order->sync);
}

static const TargetDisk *find_disk(const Target *target, const DiskWords *disk) {
        return target_find_disk(target, disk->name, strlen(disk->name));
}

/* An empty key would be no secret, and the data would go over the network in the clear. */
static int check_key(const MirrorOrder *order, const Target *target, const Connection *connection) {
        if (mirror_order_has_keys(order) && *connection->key == '\0') {
                (void) complain("Target %s has no key for disk %s: its channel is not encrypted by "
                                "keys.",
                                target->id, connection->name);
                suggest("say --tls=no or --certificates as the target was made with, or make one "
                        "with keys.");
                return EXIT_FAILURE;
        }
        if (!mirror_order_has_keys(order) && *connection->key != '\0')
                return complain("Target %s has a key for disk %s: leave out --tls=no and "
                                "--certificates.",
                                target->id, connection->name);

        return 0;
}

int mirror_begin_check(const MirrorOrder *order, const Target *target,
                       const ConnectionList *connections) {
        bool verifies = order->verify && strcmp(order->verify, "never") != 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < order->disks.n_disks; i++) {
                const DiskWords *disk = order->disks.disks + i;
                const Connection *connection = find_connection(connections, disk->name);

                if (!connection || connection->port == 0 || !find_disk(target, disk))
                        return complain("Target %s has no disk %s.", target->id, disk->name);
                if (verifies && connection->verify_port == 0)
                        return complain("Target %s has no verifier for disk %s: --verify=never.",
                                        target->id, disk->name);
                r = check_contents(order, find_disk(target, disk));
                if (r == 0)
                        r = check_key(order, target, connection);
        }

        return r;
}

static int append_disks(sd_bus_message *call, const MirrorOrder *order, const Target *target,
                        const ConnectionList *connections) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "(sstqs)");
        for (size_t i = 0; r >= 0 && i < order->disks.n_disks; i++) {
                const DiskWords *disk = order->disks.disks + i;
                const Connection *connection = find_connection(connections, disk->name);

                r = sd_bus_message_append(call, "(sstqs)", disk->name, disk->node,
                                          find_disk(target, disk)->size_bytes, connection->port,
                                          connection->key);
        }

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int append_verify_ports(sd_bus_message *call, const MirrorOrder *order,
                               const ConnectionList *connections) {
        int r;

        r = sd_bus_message_open_container(call, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", "VerifyPorts");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'v', "a{sq}");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "{sq}");
        for (size_t i = 0; r >= 0 && i < order->disks.n_disks; i++) {
                const Connection *connection =
                        find_connection(connections, order->disks.disks[i].name);

                if (connection->verify_port > 0)
                        r = sd_bus_message_append(call, "{sq}", connection->name,
                                                  connection->verify_port);
        }
        for (int i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(call);

        return r;
}

static int append_text(sd_bus_message *call, const char *name, const char *value) {
        return value ? sd_bus_message_append(call, "{sv}", name, "s", value) : 0;
}

static int append_options(sd_bus_message *call, const MirrorOrder *order,
                          const ConnectionList *connections) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = append_text(call, "Id", order->id);
        if (r >= 0)
                r = append_text(call, "Sync", order->sync);
        if (r >= 0)
                r = append_text(call, "Bitmap", order->bitmap);
        if (r >= 0)
                r = append_text(call, "CopyMode", order->copy_mode);
        if (r >= 0)
                r = append_text(call, "Verify", order->verify);
        if (r >= 0)
                r = mirrord_append_tls(call, order->has_tls, order->certificates, order->peer_name);
        if (r >= 0 && order->speed > 0)
                r = sd_bus_message_append(call, "{sv}", "Speed", "t", order->speed);
        if (r >= 0 && order->retries > 0)
                r = sd_bus_message_append(call, "{sv}", "Retries", "u", order->retries);
        if (r >= 0 && order->stall_msec > 0)
                r = sd_bus_message_append(call, "{sv}", "StallMsec", "u", order->stall_msec);
        if (r >= 0 && !order->is_governed)
                r = sd_bus_message_append(call, "{sv}", "Converge", "b", 0);
        if (r >= 0)
                r = append_verify_ports(call, order, connections);

        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int new_call(Client *client, const MirrorOrder *order, const Target *target,
                    const ConnectionList *connections, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, MIRRORD_NAME, MIRRORD_ROOT,
                                           MIRRORD_MANAGER, "Start");
        /* The keys are in it. */
        if (r >= 0)
                r = sd_bus_message_sensitive(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", order->monitor);
        if (r >= 0)
                r = append_disks(call, order, target, connections);
        if (r >= 0)
                r = sd_bus_message_append(call, "s",
                                          order->address ? order->address : target->address);
        if (r >= 0)
                r = append_options(call, order, connections);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(call);
        return 0;
}

int mirror_begin(Client *client, const MirrorOrder *order, const Target *target,
                 const ConnectionList *connections, bool *ret_is_lost) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        client->action = MIRRORD_ACTION;
        r = new_call(client, order, target, connections, &call);
        if (r < 0)
                return r;
        r = sd_bus_call(client->bus, call, 0, &error, NULL);
        *ret_is_lost = r < 0 && mirrord_reply_is_lost(&error, r);

        return r < 0 ? mirrord_refused(client, &mirrord_job, &error, r, "start", order->id) : 0;
}
