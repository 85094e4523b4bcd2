/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-request.h"

#include "mirrord/mirror-option.h"
#include "mirrord/request.h"

#include <string.h>

#define KEY_MIN 32

static int read_monitor(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *path;
        int r;

        r = request_read_monitor(call, &path, error);

        return r < 0 ? r : keep_text(&mirror->monitor, path);
}

static bool key_is_valid(const char *key) {
        size_t length = strlen(key);

        return length == 0 || (length >= KEY_MIN && length <= MIRROR_KEY_MAX && length % 2 == 0 &&
                               strspn(key, "0123456789abcdefABCDEF") == length);
}

static bool is_twice(const Mirror *mirror, const char *name, const char *node) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (strcmp(mirror->disks[i].name, name) == 0 ||
                    strcmp(mirror->disks[i].node, node) == 0)
                        return true;

        return false;
}

static int add_disk(Mirror *mirror, const char *name, const char *node, uint64_t size,
                    uint16_t port, const char *key, sd_bus_error *error) {
        MirrorDisk *disk;
        int r;

        r = request_check_name(name, error);
        if (r >= 0)
                r = request_check_node(name, node, error);
        if (r < 0)
                return r;
        if (size == 0 || size > INT64_MAX)
                return request_refuse(error, "%s: a disk has a size in bytes.", name);
        if (port == 0)
                return request_refuse(error, "%s: the port of its relay is from 1 to 65535.", name);
        if (!key_is_valid(key))
                return request_refuse(error, "%s: its key has %d to %d hex digits.", name, KEY_MIN,
                                      MIRROR_KEY_MAX);
        if (is_twice(mirror, name, node))
                return request_refuse(error, "%s: its name or its node is there twice.", name);
        disk = mirror_add_disk(mirror);
        if (!disk)
                return request_refuse(error, "There are more than %d disks.", MIRROR_DISKS_MAX);

        (void) strcpy(disk->name, name);
        (void) strcpy(disk->node, node);
        (void) strcpy(disk->key, key);
        disk->size_bytes = size;
        disk->port = port;
        return 0;
}

static int read_disks(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *name, *node, *key;
        uint64_t size;
        uint16_t port;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "(sstqs)");
        while (r >= 0 &&
               (r = sd_bus_message_read(call, "(sstqs)", &name, &node, &size, &port, &key)) > 0)
                r = add_disk(mirror, name, node, size, port, key, error);
        if (r >= 0 && mirror->n_disks == 0)
                return request_refuse(error, "Mirror what? Name a disk.");

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

int mirror_request_read(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        mirror->is_governed = true;
        r = read_monitor(call, mirror, error);
        if (r >= 0)
                r = read_disks(call, mirror, error);
        if (r >= 0)
                r = request_read_address(call, &mirror->address, error);

        return r < 0 ? r : mirror_options_read(call, mirror, error);
}

static int read_machine(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        uint16_t port;
        const char *key;
        int r;

        r = sd_bus_message_read(call, "qs", &port, &key);
        if (r < 0)
                return r;

        return add_disk(mirror, MIRROR_MACHINE, MIRROR_MACHINE, 1, port, key, error);
}

int mirror_request_read_legacy(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        mirror->kind = MIRROR_LEGACY;
        r = read_monitor(call, mirror, error);
        if (r >= 0)
                r = request_read_address(call, &mirror->address, error);
        if (r >= 0)
                r = read_machine(call, mirror, error);

        return r < 0 ? r : mirror_options_read(call, mirror, error);
}
