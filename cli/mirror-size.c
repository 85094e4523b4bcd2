/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-size.h"

#include "cli/complain.h"

#include <string.h>

#define NAMES_MAX 16

static bool is_complete(const MirrorOrder *order) {
        for (size_t i = 0; i < order->disks.n_disks; i++)
                if (order->disks.disks[i].size_bytes == 0)
                        return false;

        return true;
}

static void take_node(MirrorOrder *order, const char *name, uint64_t size_bytes) {
        for (size_t i = 0; i < order->disks.n_disks; i++) {
                DiskWords *disk = order->disks.disks + i;

                if (disk->size_bytes == 0 && strcmp(disk->node, name) == 0)
                        disk->size_bytes = size_bytes;
        }
}

static int take_nodes(sd_bus_message *reply, MirrorOrder *order) {
        const char *name, *driver;
        uint64_t size_bytes;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(sts)");
        while (r >= 0 && (r = sd_bus_message_read(reply, "(sts)", &name, &size_bytes, &driver)) > 0)
                take_node(order, name, size_bytes);

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

/* Those that somebody has given a name; QEMU's own begin with "#". */
static void suggest_nodes(sd_bus_message *reply) {
        const char *name, *driver;
        char *text = NULL;
        size_t size, n = 0;
        uint64_t ignored;
        FILE *file;

        file = open_memstream(&text, &size);
        if (!file)
                return;
        (void) sd_bus_message_rewind(reply, true);
        if (sd_bus_message_enter_container(reply, 'a', "(sts)") >= 0)
                while (sd_bus_message_read(reply, "(sts)", &name, &ignored, &driver) > 0)
                        if (*name != '#' && n++ < NAMES_MAX)
                                fprintf(file, "%s%s", n > 1 ? ", " : "", name);
        if (fclose(file) == 0 && n > 0)
                suggest("it has %s%s.", text, n > NAMES_MAX ? ", …" : "");
        free(text);
}

static int check(const MirrorOrder *order, sd_bus_message *reply) {
        for (size_t i = 0; i < order->disks.n_disks; i++) {
                const DiskWords *disk = order->disks.disks + i;

                if (disk->size_bytes > 0)
                        continue;
                (void) complain("Disk %s: QEMU tells no size of a node “%s”.", disk->name,
                                disk->node);
                suggest_nodes(reply);
                return EXIT_FAILURE;
        }

        return 0;
}

int mirror_sizes_find(Client *client, MirrorOrder *order) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        if (is_complete(order))
                return 0;
        client->action = MIRRORD_ACTION;
        r = sd_bus_call_method(client->bus, MIRRORD_NAME, MIRRORD_ROOT, MIRRORD_MANAGER,
                               "QueryNodes", &error, &reply, "s", order->monitor);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot ask QEMU how large its disks are");
        r = take_nodes(reply, order);

        return r < 0 ? r : check(order, reply);
}
