/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/target-request.h"

#include "common/bus-error.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#define TOKEN_BYTES 16
#define KEY_BYTES 32
#define PEER_NAME_MAX 255
#define DIRECTORY_MAX 200

#define REFUSE(error, ...) sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_ARGUMENT, __VA_ARGS__)

static int keep(char **ret, const char *value) {
        free(*ret);
        *ret = strdup(value);

        return *ret ? 0 : -ENOMEM;
}

/* It ends up in a file of lines. */
static bool is_one_word(const char *text) {
        for (; *text; text++)
                if ((unsigned char) *text <= ' ' || *text == 0x7f || strchr(";#", *text))
                        return false;

        return true;
}

/* ---- a dictionary of options */

typedef int (*OptionFunc)(sd_bus_message *call, const char *name, void *userdata,
                          sd_bus_error *error);

static int read_dictionary(sd_bus_message *call, OptionFunc func, void *userdata,
                           sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &name);
                if (r >= 0)
                        r = func(call, name, userdata, error);
                if (r == -ENXIO && !sd_bus_error_is_set(error))
                        return REFUSE(error, "%.40s has a value of another type.", name);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int read_bool(sd_bus_message *call, bool *ret) {
        int value, r;

        r = sd_bus_message_read(call, "v", "b", &value);
        if (r >= 0)
                *ret = value != 0;
        return r;
}

/* ---- disks */

static int read_owner(sd_bus_message *call, TargetDisk *disk, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (!storage_owner_is_valid(text))
                return REFUSE(error, "%s: “%.40s” is not the name of a user.", disk->name, text);

        (void) strcpy(disk->owner, text);
        return 0;
}

static int read_format(sd_bus_message *call, TargetDisk *disk, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (storage_format_parse(text, &disk->format) < 0)
                return REFUSE(error, "%s: Format is raw or qcow2, not “%.40s”.", disk->name, text);

        return 0;
}

static int read_allocation(sd_bus_message *call, TargetDisk *disk, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (storage_allocation_parse(text, &disk->allocation) < 0)
                return REFUSE(error, "%s: Preallocation is off, falloc or full, not “%.40s”.",
                              disk->name, text);

        return 0;
}

static int read_disk_option(sd_bus_message *call, const char *name, void *userdata,
                            sd_bus_error *error) {
        TargetDisk *disk = userdata;

        if (strcmp(name, "Format") == 0)
                return read_format(call, disk, error);
        if (strcmp(name, "Preallocation") == 0)
                return read_allocation(call, disk, error);
        if (strcmp(name, "Owner") == 0)
                return read_owner(call, disk, error);
        if (strcmp(name, "Overwrite") == 0)
                return read_bool(call, &disk->may_overwrite);
        if (strcmp(name, "Overcommit") == 0)
                return read_bool(call, &disk->may_overcommit);

        return REFUSE(error,
                      "%s: there is no option “%.40s”: Format, Preallocation, Owner, Overwrite and "
                      "Overcommit are.",
                      disk->name, name);
}

static int check_disk(const TargetDisk *disk, sd_bus_error *error) {
        const Target *target = disk->target;

        for (const TargetDisk *other = target->disks; other < disk; other++)
                if (strcmp(other->name, disk->name) == 0 || strcmp(other->path, disk->path) == 0)
                        return REFUSE(error, "%s: its name or its path is there twice.",
                                      disk->name);
        if (disk->may_overcommit && disk->allocation != STORAGE_OFF)
                return REFUSE(error, "%s: Overcommit is for Preallocation off.", disk->name);

        return 0;
}

static int add_disk(Target *target, const char *name, uint64_t size, const char *path,
                    TargetDisk **ret, sd_bus_error *error) {
        TargetDisk *disk = NULL;

        if (!mirror_name_is_valid(name, MIRROR_NAME_MAX))
                return REFUSE(error,
                              "“%.40s” is not a target name: letters, digits, “_”, “-” and “.”, at "
                              "most %d.",
                              name, MIRROR_NAME_MAX);
        if (size == 0 || size > INT64_MAX || size % 512 != 0)
                return REFUSE(error, "%s: a disk has a size in bytes, a multiple of 512.", name);
        if (!storage_path_is_valid(path))
                return REFUSE(
                        error,
                        "%s: its path is absolute, has no “.” and “..”, no blanks, quotes, “;” "
                        "and “#”, and at most %d bytes.",
                        name, STORAGE_PATH_MAX);
        disk = target_add_disk(target);
        if (!disk)
                return REFUSE(error, "There are more than %d disks.", MIRROR_DISKS_MAX);

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
                r = read_dictionary(call, read_disk_option, disk, error);
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
                return REFUSE(error, "Prepare what? Name a disk.");

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
                return REFUSE(
                        error,
                        "“%.40s” is not a name for a target: letters, digits and “_”, at most "
                        "%d.",
                        id, MIRROR_NAME_MAX);

        (void) strcpy(target->id, id);
        return 0;
}

static int read_address(sd_bus_message *call, Target *target, sd_bus_error *error) {
        struct in6_addr ignored;
        const char *address;
        int r;

        r = sd_bus_message_read(call, "s", &address);
        if (r < 0)
                return r;
        if (inet_pton(AF_INET, address, &ignored) != 1 &&
            inet_pton(AF_INET6, address, &ignored) != 1)
                return REFUSE(error, "“%.60s” is not an IP address.", address);

        return keep(&target->address, address);
}

static int read_ports(sd_bus_message *call, Target *target, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "(qq)", &target->first_port, &target->last_port);
        if (r < 0)
                return r;
        if (target->first_port == 0 || target->first_port > target->last_port)
                return REFUSE(error,
                              "Ports are the first and the last of a range, from 1 to 65535.");

        return 0;
}

static int read_certificates(sd_bus_message *call, Target *target, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (text[0] != '/' || strlen(text) > DIRECTORY_MAX || !is_one_word(text))
                return REFUSE(error, "Certificates is the absolute path of a directory without "
                                     "blanks, “;” and “#”.");

        return keep(&target->certificates, text);
}

static int read_peer_name(sd_bus_message *call, Target *target, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (!*text || strlen(text) > PEER_NAME_MAX || !is_one_word(text))
                return REFUSE(error, "“%.40s” is not a name in a certificate.", text);

        return keep(&target->peer_name, text);
}

static int read_option(sd_bus_message *call, const char *name, void *userdata,
                       sd_bus_error *error) {
        Target *target = userdata;
        bool has_tls;
        int r;

        if (strcmp(name, "Ports") == 0)
                return read_ports(call, target, error);
        if (strcmp(name, "Certificates") == 0)
                return read_certificates(call, target, error);
        if (strcmp(name, "PeerName") == 0)
                return read_peer_name(call, target, error);
        if (strcmp(name, "Tls") == 0) {
                r = read_bool(call, &has_tls);
                target->is_plain = r >= 0 && !has_tls;
                return r;
        }

        return REFUSE(error,
                      "There is no option “%.40s”: Ports, Tls, Certificates and PeerName are.",
                      name);
}

static int check(const Target *target, sd_bus_error *error) {
        if ((target->certificates != NULL) != (target->peer_name != NULL))
                return REFUSE(error, "Certificates and PeerName need each other.");
        if (target->certificates && target->is_plain)
                return REFUSE(error, "Certificates are for TLS: leave out Tls=false.");

        return 0;
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
                r = read_address(call, target, error);
        if (r >= 0)
                r = read_dictionary(call, read_option, target, error);
        if (r >= 0)
                r = check(target, error);

        return r < 0 ? r : draw(target);
}

/* ---- Export */

static bool node_is_valid(const char *node) {
        size_t length = strlen(node);

        if (length == 0 || length > MIRROR_NODE_MAX || strcmp(node, "-") == 0)
                return false;
        for (; *node; node++)
                if (*node <= ' ' || *node > '~' || strchr(":;\"\\", *node))
                        return false;

        return true;
}

static int read_node(Target *target, const char *name, const char *node,
                     char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1],
                     sd_bus_error *error) {
        const TargetDisk *disk = target_find_disk(target, name);

        if (!disk)
                return REFUSE(error, "Target %s has no disk “%.40s”.", target->id, name);
        if (!node_is_valid(node))
                return REFUSE(error, "%s: “%.40s” is not the name of a node.", name, node);
        for (size_t i = 0; i < target->n_disks; i++)
                if (strcmp(nodes[i], node) == 0)
                        return REFUSE(error, "%s: its node is there twice.", name);

        (void) strcpy(nodes[disk - target->disks], node);
        return 0;
}

int target_request_read_nodes(sd_bus_message *call, Target *target,
                              char nodes[static MIRROR_DISKS_MAX][MIRROR_NODE_MAX + 1],
                              const char **ret_monitor, sd_bus_error *error) {
        const char *name, *node;
        int r;

        r = sd_bus_message_read(call, "s", ret_monitor);
        if (r < 0)
                return r;
        if (**ret_monitor != '/' || !is_one_word(*ret_monitor) ||
            strlen(*ret_monitor) >= sizeof((struct sockaddr_un *) NULL)->sun_path)
                return REFUSE(error, "The monitor is an absolute path of at most 107 bytes without "
                                     "blanks, “;” and “#”.");
        r = sd_bus_message_enter_container(call, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(call, "(ss)", &name, &node)) > 0)
                r = read_node(target, name, node, nodes, error);
        for (size_t i = 0; r >= 0 && i < target->n_disks; i++)
                if (!*nodes[i])
                        return REFUSE(error, "%s: it needs a node.", target->disks[i].name);

        return r < 0 ? r : sd_bus_message_exit_container(call);
}
