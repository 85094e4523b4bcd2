/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/manager-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/polkit.h"
#include "mirrord/mirror-bus.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>

#define MANAGER_INTERFACE "org.npivot.mirror1.Manager"
#define KEY_MIN 32

#define REFUSE(error, ...) sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_ARGUMENT, __VA_ARGS__)

static int keep(char **ret, const char *value) {
        free(*ret);
        *ret = strdup(value);

        return *ret ? 0 : -ENOMEM;
}

/* It ends up in a file of lines, and in the address of a socket. */
static int read_monitor(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *path;
        int r;

        r = sd_bus_message_read(call, "s", &path);
        if (r < 0)
                return r;
        if (path[0] != '/' || strlen(path) >= sizeof((struct sockaddr_un *) NULL)->sun_path ||
            strpbrk(path, " \t\n;#"))
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

static int read_sync(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        for (mirror->sync = 0; mirror->sync < _SYNC_MAX; mirror->sync++)
                if (strcmp(mirror_sync_text(mirror->sync), text) == 0)
                        return 0;

        return REFUSE(error, "Sync is full, top or incremental, not “%.40s”.", text);
}

static int read_bitmap(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        if (!mirror_name_is_valid(text, 255))
                return REFUSE(error, "“%.40s” is not the name of a bitmap.", text);

        return keep(&mirror->bitmap, text);
}

static int read_copy_mode(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;
        mirror->is_write_blocking = strcmp(text, "write-blocking") == 0;
        if (mirror->is_write_blocking || strcmp(text, "background") == 0)
                return 0;

        return REFUSE(error, "CopyMode is background or write-blocking, not “%.40s”.", text);
}

typedef struct Options {
        bool without_tls;
} Options;

static int read_option(sd_bus_message *call, const char *name, Mirror *mirror, Options *options,
                       sd_bus_error *error) {
        int r, tls;

        if (strcmp(name, "Sync") == 0)
                return read_sync(call, mirror, error);
        if (strcmp(name, "Bitmap") == 0)
                return read_bitmap(call, mirror, error);
        if (strcmp(name, "CopyMode") == 0)
                return read_copy_mode(call, mirror, error);
        if (strcmp(name, "Speed") == 0)
                return sd_bus_message_read(call, "v", "t", &mirror->speed);
        if (strcmp(name, "Tls") == 0) {
                r = sd_bus_message_read(call, "v", "b", &tls);
                options->without_tls = r >= 0 && !tls;
                return r;
        }

        return REFUSE(error,
                      "There is no option “%.40s”: Sync, Bitmap, Speed, Tls and CopyMode are.",
                      name);
}

static int read_options(sd_bus_message *call, Mirror *mirror, Options *options,
                        sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &name);
                if (r >= 0)
                        r = read_option(call, name, mirror, options, error);
                if (r == -ENXIO && !sd_bus_error_is_set(error))
                        return REFUSE(error, "%.40s has a value of another type.", name);
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* What goes together. */
static int check(const Mirror *mirror, const Options *options, sd_bus_error *error) {
        if ((mirror->sync == SYNC_INCREMENTAL) != (mirror->bitmap != NULL))
                return REFUSE(error, "Sync incremental and Bitmap need each other.");
        for (size_t i = 0; i < mirror->n_disks; i++)
                if ((*mirror->disks[i].key == '\0') != options->without_tls)
                        return REFUSE(error,
                                      "%s: with TLS a disk has a key, with Tls=false it has none.",
                                      mirror->disks[i].name);

        return 0;
}

static int read_mirror(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        Options options = { 0 };
        int r;

        r = read_monitor(call, mirror, error);
        if (r >= 0)
                r = read_disks(call, mirror, error);
        if (r >= 0)
                r = read_address(call, mirror, error);
        if (r >= 0)
                r = read_options(call, mirror, &options, error);

        return r < 0 ? r : check(mirror, &options, error);
}

static uint64_t now_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static int add(Mirrors *mirrors, Mirror *mirror, sd_bus_error *error) {
        const Mirror *other = NULL;
        int r;

        mirror->started_usec = now_usec();
        r = mirrors_add(mirrors, mirror, &other);
        if (r == -EEXIST)
                return sd_bus_error_setf(
                        error, NPIVOT_ERROR_ALREADY_MIRRORED,
                        "Mirror %s has one of these nodes already: abort it first.", other->id);
        if (r == -EUSERS)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "There are %d mirrors already: forget those that have "
                                         "ended.",
                                         MIRRORS_MAX);

        return r;
}

static int method_start(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();
        MirrorPath path;
        int r;

        if (!mirror)
                return -ENOMEM;
        r = read_mirror(call, mirror, error);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = bus_query_uid(call, &mirror->uid);
        if (r >= 0)
                r = add(userdata, mirror, error);
        if (r < 0)
                return r;

        return sd_bus_reply_method_return(call, "o", mirror_bus_path(TAKE_PTR(mirror), path));
}

static int property_get_version(sd_bus *bus, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", NPIVOT_VERSION);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Start",
                SD_BUS_ARGS("s", monitor, "a(sstqs)", disks, "s", address, "a{sv}", options),
                SD_BUS_RESULT("o", job), method_start, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Version", "s", property_get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Mirrors *mirrors, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, MIRROR_ROOT, MANAGER_INTERFACE, vtable, mirrors);
}
