/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-request.h"

#include "common/bus-error.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#define KEY_MIN 32
#define STALL_MIN 100
#define STALL_MAX 600000
#define RETRIES_MAX 100
#define PATH_TEXT_MAX 800
#define NAME_TEXT_MAX 253

#define REFUSE(error, ...) sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_ARGUMENT, __VA_ARGS__)

static int keep(char **ret, const char *value) {
        free(*ret);
        *ret = strdup(value);

        return *ret ? 0 : -ENOMEM;
}

/* What is written to a file of lines as it is. */
static bool is_one_word(const char *text) {
        for (; *text; text++)
                if (*text <= ' ' || *text > '~' || *text == ';' || *text == '#')
                        return false;

        return true;
}

/* It ends up in a file of lines, and in the address of a socket. */
static int read_monitor(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *path;
        int r;

        r = sd_bus_message_read(call, "s", &path);
        if (r < 0)
                return r;
        if (path[0] != '/' || strlen(path) >= sizeof((struct sockaddr_un *) NULL)->sun_path ||
            !is_one_word(path))
                return REFUSE(error, "The monitor is an absolute path of at most 107 bytes without "
                                     "blanks, “;” and “#”.");

        return keep(&mirror->monitor, path);
}

static bool node_is_valid(const char *node) {
        size_t length = strlen(node);

        if (length == 0 || length > MIRROR_NODE_MAX)
                return false;
        for (; *node; node++)
                if (*node <= ' ' || *node > '~' || strchr(":;\"\\", *node))
                        return false;

        return true;
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

        if (!mirror_name_is_valid(name, MIRROR_NAME_MAX))
                return REFUSE(error,
                              "“%.40s” is not a target name: letters, digits, “_”, “-” and “.”, at "
                              "most %d.",
                              name, MIRROR_NAME_MAX);
        if (!node_is_valid(node))
                return REFUSE(error, "%s: “%.40s” is not the name of a node.", name, node);
        if (size == 0 || size > INT64_MAX)
                return REFUSE(error, "%s: a disk has a size in bytes.", name);
        if (port == 0)
                return REFUSE(error, "%s: the port of its relay is from 1 to 65535.", name);
        if (!key_is_valid(key))
                return REFUSE(error, "%s: its key has %d to %d hex digits.", name, KEY_MIN,
                              MIRROR_KEY_MAX);
        if (is_twice(mirror, name, node))
                return REFUSE(error, "%s: its name or its node is there twice.", name);
        disk = mirror_add_disk(mirror);
        if (!disk)
                return REFUSE(error, "There are more than %d disks.", MIRROR_DISKS_MAX);

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
                return REFUSE(error, "Mirror what? Name a disk.");

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int read_address(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        struct in6_addr ignored;
        const char *address;
        int r;

        r = sd_bus_message_read(call, "s", &address);
        if (r < 0)
                return r;
        if (inet_pton(AF_INET, address, &ignored) != 1 &&
            inet_pton(AF_INET6, address, &ignored) != 1)
                return REFUSE(error, "“%.60s” is not an IP address.", address);

        return keep(&mirror->address, address);
}

/* ---- options */

static int read_text(sd_bus_message *call, const char **ret) {
        return sd_bus_message_read(call, "v", "s", ret);
}

static int read_sync(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        for (mirror->sync = 0; mirror->sync < _SYNC_MAX; mirror->sync++)
                if (strcmp(mirror_sync_text(mirror->sync), text) == 0)
                        return 0;

        return REFUSE(error, "Sync is full, top or incremental, not “%.40s”.", text);
}

static int read_verify(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        for (mirror->verify = 0; mirror->verify < _VERIFY_MAX; mirror->verify++)
                if (strcmp(mirror_verify_text(mirror->verify), text) == 0)
                        return 0;

        return REFUSE(error, "Verify is always, sample or never, not “%.40s”.", text);
}

static int read_bitmap(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        if (!mirror_name_is_valid(text, 255))
                return REFUSE(error, "“%.40s” is not the name of a bitmap.", text);

        return keep(&mirror->bitmap, text);
}

static int read_copy_mode(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        mirror->is_write_blocking = strcmp(text, mirror_copy_mode_text(true)) == 0;
        if (mirror->is_write_blocking || strcmp(text, mirror_copy_mode_text(false)) == 0)
                return 0;

        return REFUSE(error, "CopyMode is background or write-blocking, not “%.40s”.", text);
}

static int read_id(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        if (!mirror_id_is_valid(text))
                return REFUSE(error,
                              "“%.40s” is not an id: a letter, then letters, digits and “_”, at "
                              "most %d.",
                              text, MIRROR_ID_MAX);

        (void) strcpy(mirror->id, text);
        return 0;
}

static int read_stall(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "u", &mirror->stall_msec);
        if (r < 0)
                return r;
        if (mirror->stall_msec < STALL_MIN || mirror->stall_msec > STALL_MAX)
                return REFUSE(error, "StallMsec is from %d to %d.", STALL_MIN, STALL_MAX);

        return 0;
}

static int read_retries(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "u", &mirror->n_retries_max);
        if (r < 0)
                return r;
        if (mirror->n_retries_max > RETRIES_MAX)
                return REFUSE(error, "Retries is at most %d.", RETRIES_MAX);

        return 0;
}

static int read_certificates(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        if (text[0] != '/' || strlen(text) > PATH_TEXT_MAX || !is_one_word(text))
                return REFUSE(error, "Certificates is the absolute path of a directory without "
                                     "blanks, “;” and “#”.");

        return keep(&mirror->certificates, text);
}

static int read_peer_name(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(call, &text);
        if (r < 0)
                return r;
        if (!*text || strlen(text) > NAME_TEXT_MAX || !is_one_word(text))
                return REFUSE(error, "“%.40s” is not a name in a certificate.", text);

        return keep(&mirror->peer_name, text);
}

static MirrorDisk *find_disk(Mirror *mirror, const char *name) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (strcmp(mirror->disks[i].name, name) == 0)
                        return mirror->disks + i;

        return NULL;
}

static int read_verify_ports(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *name;
        uint16_t port;
        int r;

        r = sd_bus_message_enter_container(call, 'v', "a{sq}");
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'a', "{sq}");
        while (r >= 0 && (r = sd_bus_message_read(call, "{sq}", &name, &port)) > 0) {
                MirrorDisk *disk = find_disk(mirror, name);

                if (!disk || port == 0)
                        return REFUSE(
                                error,
                                "VerifyPorts: “%.40s” is none of the disks, or its port is 0.",
                                name);
                disk->verify_port = port;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(call);

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

typedef struct Options {
        bool without_tls;
} Options;

static const struct {
        const char *name;
        int (*read)(sd_bus_message *call, Mirror *mirror, sd_bus_error *error);
} readers[] = {
        { "Sync", read_sync },
        { "Bitmap", read_bitmap },
        { "CopyMode", read_copy_mode },
        { "Id", read_id },
        { "StallMsec", read_stall },
        { "Retries", read_retries },
        { "Verify", read_verify },
        { "VerifyPorts", read_verify_ports },
        { "Certificates", read_certificates },
        { "PeerName", read_peer_name },
};

static int read_option(sd_bus_message *call, const char *name, Mirror *mirror, Options *options,
                       sd_bus_error *error) {
        int r, flag = 0;

        for (size_t i = 0; i < ARRAY_LEN(readers); i++)
                if (strcmp(readers[i].name, name) == 0)
                        return readers[i].read(call, mirror, error);
        if (strcmp(name, "Speed") == 0)
                return sd_bus_message_read(call, "v", "t", &mirror->speed);
        if (strcmp(name, "Tls") == 0) {
                r = sd_bus_message_read(call, "v", "b", &flag);
                options->without_tls = r >= 0 && !flag;
                return r;
        }
        if (strcmp(name, "Converge") == 0) {
                r = sd_bus_message_read(call, "v", "b", &flag);
                mirror->is_governed = r >= 0 && flag;
                return r;
        }

        return REFUSE(error,
                      "There is no option “%.40s”: see Manager.Start in org.npivot.mirror1(5).",
                      name);
}

static int read_legacy_option(sd_bus_message *call, const char *name, Mirror *mirror,
                              Options *options, sd_bus_error *error) {
        static const char *const others[] = { "Id",    "Tls",          "StallMsec",
                                              "Speed", "Certificates", "PeerName" };
        int r, flag = 0;

        if (strcmp(name, "Incremental") == 0) {
                r = sd_bus_message_read(call, "v", "b", &flag);
                mirror->sync = r >= 0 && flag ? SYNC_TOP : SYNC_FULL;
                return r;
        }
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (strcmp(others[i], name) == 0)
                        return read_option(call, name, mirror, options, error);

        return REFUSE(
                error,
                "There is no option “%.40s”: see Manager.StartLegacy in org.npivot.mirror1(5).",
                name);
}

typedef int (*OptionFunc)(sd_bus_message *call, const char *name, Mirror *mirror, Options *options,
                          sd_bus_error *error);

static int read_options(sd_bus_message *call, OptionFunc read, Mirror *mirror, Options *options,
                        sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &name);
                if (r >= 0)
                        r = read(call, name, mirror, options, error);
                if (r == -ENXIO && !sd_bus_error_is_set(error))
                        return REFUSE(error, "%.40s has a value of another type.", name);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* ---- what goes together */

static int check_disk(const Mirror *mirror, const MirrorDisk *disk, const Options *options,
                      sd_bus_error *error) {
        bool wants_key = !options->without_tls && !mirror->certificates;

        if ((*disk->key != '\0') != wants_key)
                return REFUSE(
                        error,
                        "%s: with TLS a disk has a key; with Tls=false or Certificates it has "
                        "none.",
                        disk->name);
        if (mirror->verify != VERIFY_NEVER && disk->verify_port == 0)
                return REFUSE(error, "%s: to verify it, VerifyPorts must have its port.",
                              disk->name);

        return 0;
}

static int check(const Mirror *mirror, const Options *options, sd_bus_error *error) {
        int r = 0;

        if ((mirror->sync == SYNC_INCREMENTAL) != (mirror->bitmap != NULL))
                return REFUSE(error, "Sync incremental and Bitmap need each other.");
        if ((mirror->certificates != NULL) != (mirror->peer_name != NULL))
                return REFUSE(error, "Certificates and PeerName need each other.");
        if (mirror->certificates && options->without_tls)
                return REFUSE(error, "Certificates are for TLS: leave out Tls=false.");
        for (size_t i = 0; r >= 0 && i < mirror->n_disks; i++)
                r = check_disk(mirror, mirror->disks + i, options, error);

        return r;
}

int mirror_request_read(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        Options options = { 0 };
        int r;

        mirror->is_governed = true;
        r = read_monitor(call, mirror, error);
        if (r >= 0)
                r = read_disks(call, mirror, error);
        if (r >= 0)
                r = read_address(call, mirror, error);
        if (r >= 0)
                r = read_options(call, read_option, mirror, &options, error);

        return r < 0 ? r : check(mirror, &options, error);
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
        Options options = { 0 };
        int r;

        mirror->kind = MIRROR_LEGACY;
        r = read_monitor(call, mirror, error);
        if (r >= 0)
                r = read_address(call, mirror, error);
        if (r >= 0)
                r = read_machine(call, mirror, error);
        if (r >= 0)
                r = read_options(call, read_legacy_option, mirror, &options, error);

        return r < 0 ? r : check(mirror, &options, error);
}
