/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/target-request.h"

#include "mirrord/request.h"

#include <string.h>

#define TOKEN_BYTES 16
#define KEY_BYTES 32

/* ---- disks */

static int take_owner(const char *text, TargetDisk *disk, sd_bus_error *error) {
        if (!storage_owner_is_valid(text))
                return request_refuse(error, "%s: “%.40s” is not the name of a user.", disk->name,
                                      text);

        (void) strcpy(disk->owner, text);
        return 0;
}

static int take_format(const char *text, TargetDisk *disk, sd_bus_error *error) {
        if (storage_format_parse(text, &disk->format) < 0)
                return request_refuse(error, "%s: Format is raw or qcow2, not “%.40s”.", disk->name,
                                      text);

        return 0;
}

static int take_allocation(const char *text, TargetDisk *disk, sd_bus_error *error) {
        if (storage_allocation_parse(text, &disk->allocation) < 0)
                return request_refuse(error,
                                      "%s: Preallocation is off, falloc or full, not “%.40s”.",
                                      disk->name, text);

        return 0;
}

static const struct {
        const char *name;
        int (*take)(const char *text, TargetDisk *disk, sd_bus_error *error);
} texts[] = {
        { "Format", take_format },
        { "Preallocation", take_allocation },
        { "Owner", take_owner },
};

static int read_disk_text(sd_bus_message *call, size_t i, TargetDisk *disk, sd_bus_error *error) {
        const char *text;
        int r;

        r = request_read_text(call, &text);

        return r < 0 ? r : texts[i].take(text, disk, error);
}

static int read_disk_option(sd_bus_message *call, const char *name, void *userdata,
                            sd_bus_error *error) {
        TargetDisk *disk = userdata;

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (strcmp(texts[i].name, name) == 0)
                        return read_disk_text(call, i, disk, error);
        if (strcmp(name, "Overwrite") == 0)
                return request_read_bool(call, &disk->may_overwrite);
        if (strcmp(name, "Overcommit") == 0)
                return request_read_bool(call, &disk->may_overcommit);

        return request_refuse(
                error,
                "%s: there is no option “%.40s”: Format, Preallocation, Owner, Overwrite and "
                "Overcommit are.",
                disk->name, name);
}

static int check_disk(const TargetDisk *disk, sd_bus_error *error) {
        const Target *target = disk->target;

        for (const TargetDisk *other = target->disks; other < disk; other++)
                if (strcmp(other->name, disk->name) == 0 || strcmp(other->path, disk->path) == 0)
                        return request_refuse(error, "%s: its name or its path is there twice.",
                                              disk->name);
        if (disk->may_overcommit && disk->allocation != STORAGE_OFF)
                return request_refuse(error, "%s: Overcommit is for Preallocation off.",
                                      disk->name);

        return 0;
}

static int add_disk(Target *target, const char *name, uint64_t size, const char *path,
                    TargetDisk **ret, sd_bus_error *error) {
        TargetDisk *disk = NULL;
        int r;

        r = request_check_name(name, error);
        if (r < 0)
                return r;
        if (size == 0 || size > INT64_MAX || size % 512 != 0)
                return request_refuse(error, "%s: a disk has a size in bytes, a multiple of 512.",
                                      name);
        if (!storage_path_is_valid(path))
                return request_refuse(
                        error,
                        "%s: its path is absolute, has no “.” and “..”, no blanks, quotes, “;” "
                        "and “#”, and at most %d bytes.",
                        name, STORAGE_PATH_MAX);
        disk = target_add_disk(target);
        if (!disk)
                return request_refuse(error, "There are more than %d disks.", MIRROR_DISKS_MAX);

        (void) strcpy(disk->name, name);
        (void) strcpy(disk->path, path);
        disk->size_bytes = size;
        *ret = disk;
        return 0;
}

static int read_disk(sd_bus_message *call, Target *target, sd_bus_error *error) {
        const char *name, *path;
        TargetDisk *disk = NULL;
        uint64_t size;
        int r;

        r = sd_bus_message_read(call, "sts", &name, &size, &path);
        if (r >= 0)
                r = add_disk(target, name, size, path, &disk, error);
        if (r >= 0)
                r = request_read_options(call, read_disk_option, disk, error);
        if (r >= 0)
                r = check_disk(disk, error);

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int read_disks(sd_bus_message *call, Target *target, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(call, 'a', "(stsa{sv})");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'r', "stsa{sv}")) > 0)
                r = read_disk(call, target, error);
        if (r >= 0 && target->n_disks == 0)
                return request_refuse(error, "Prepare what? Name a disk.");

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* ---- the rest */

static int read_id(sd_bus_message *call, Target *target, sd_bus_error *error) {
        const char *id;
        int r;

        r = sd_bus_message_read(call, "s", &id);
        if (r < 0)
                return r;
        if (!target_id_is_valid(id))
                return request_refuse(
                        error,
                        "“%.40s” is not a name for a target: letters, digits and “_”, at most "
                        "%d.",
                        id, MIRROR_NAME_MAX);

        (void) strcpy(target->id, id);
        return 0;
}

static int read_ports(sd_bus_message *call, Target *target, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "(qq)", &target->first_port, &target->last_port);
        if (r < 0)
                return r;
        if (target->first_port == 0 || target->first_port > target->last_port)
                return request_refuse(
                        error, "Ports are the first and the last of a range, from 1 to 65535.");

        return 0;
}

static int read_option(sd_bus_message *call, const char *name, void *userdata,
                       sd_bus_error *error) {
        Target *target = userdata;

        if (strcmp(name, "Ports") == 0)
                return read_ports(call, target, error);
        if (strcmp(name, "Certificates") == 0)
                return request_read_certificates(call, &target->certificates, error);
        if (strcmp(name, "PeerName") == 0)
                return request_read_peer_name(call, &target->peer_name, error);
        if (strcmp(name, "Tls") == 0)
                return request_read_tls(call, &target->is_plain);

        return request_refuse(
                error, "There is no option “%.40s”: Ports, Tls, Certificates and PeerName are.",
                name);
}

/* Secrets of this target and of no other. */
static int draw(Target *target) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < target->n_disks; i++) {
                r = target_draw(target->disks[i].token, TOKEN_BYTES);
                if (r >= 0 && !target->is_plain && !target->certificates)
                        r = target_draw(target->disks[i].key, KEY_BYTES);
        }

        return r;
}

int target_request_read(sd_bus_message *call, Target *target, sd_bus_error *error) {
        int r;

        r = read_id(call, target, error);
        if (r >= 0)
                r = read_disks(call, target, error);
        if (r >= 0)
                r = request_read_address(call, &target->address, error);
        if (r >= 0)
                r = request_read_options(call, read_option, target, error);
        if (r >= 0)
                r = request_check_tls(target->certificates, target->peer_name, target->is_plain,
                                      error);

        return r < 0 ? r : draw(target);
}

/* ---- Export */

static int read_node(Target *target, const char *name, const char *node,
                     char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1],
                     sd_bus_error *error) {
        const TargetDisk *disk = target_find_disk(target, name);
        int r;

        if (!disk)
                return request_refuse(error, "Target %s has no disk “%.40s”.", target->id, name);
        r = request_check_node(name, node, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < target->n_disks; i++)
                if (strcmp(nodes[i], node) == 0)
                        return request_refuse(error, "%s: its node is there twice.", name);

        (void) strcpy(nodes[disk - target->disks], node);
        return 0;
}

int target_request_read_nodes(sd_bus_message *call, Target *target,
                              char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1],
                              const char **ret_monitor, sd_bus_error *error) {
        const char *name, *node;
        int r;

        r = request_read_monitor(call, ret_monitor, error);
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(call, "(ss)", &name, &node)) > 0)
                r = read_node(target, name, node, nodes, error);
        for (size_t i = 0; r >= 0 && i < target->n_disks; i++)
                if (!*nodes[i])
                        return request_refuse(error, "%s: it needs a node.", target->disks[i].name);

        return r < 0 ? r : sd_bus_message_exit_container(call);
}
