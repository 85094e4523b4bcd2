/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/request.h"

#include "common/bus-error.h"
#include "mirrord/mirror.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>
#include <sys/un.h>

int request_refuse(sd_bus_error *error, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = bus_error_refusev(error, NPIVOT_ERROR_INVALID_ARGUMENT, format, ap);
        va_end(ap);

        return r;
}

/* What is written to a file of lines as it is. */
static bool is_one_word(const char *text) {
        for (; *text; text++)
                if (*text <= ' ' || *text > '~' || *text == ';' || *text == '#')
                        return false;

        return true;
}

/* ---- arguments */

/* It ends up in a file of lines, and in the address of a socket. */
int request_read_monitor(sd_bus_message *call, const char **ret, sd_bus_error *error) {
        const char *path;
        int r;

        r = sd_bus_message_read(call, "s", &path);
        if (r < 0)
                return r;
        if (path[0] != '/' || strlen(path) >= sizeof((struct sockaddr_un *) NULL)->sun_path ||
            !is_one_word(path))
                return request_refuse(
                        error, "The monitor is an absolute path of at most 107 letters of ASCII, "
                               "without blanks, “;” and “#”.");

        *ret = path;
        return 0;
}

int request_read_address(sd_bus_message *call, char **ret, sd_bus_error *error) {
        struct in6_addr ignored;
        const char *address;
        int r;

        r = sd_bus_message_read(call, "s", &address);
        if (r < 0)
                return r;
        if (inet_pton(AF_INET, address, &ignored) != 1 &&
            inet_pton(AF_INET6, address, &ignored) != 1)
                return request_refuse(error, "“%.60s” is not an IP address.", address);

        return keep_text(ret, address);
}

int request_check_name(const char *name, sd_bus_error *error) {
        if (mirror_name_is_valid(name, MIRROR_NAME_MAX))
                return 0;

        return request_refuse(error,
                              "“%.40s” is not a target name: letters, digits, “_”, “-” and “.”, at "
                              "most %d.",
                              name, MIRROR_NAME_MAX);
}

/* In files "-" is none. */
static bool node_is_valid(const char *node) {
        size_t length = strlen(node);

        if (length == 0 || length > MIRROR_NODE_MAX || strcmp(node, "-") == 0)
                return false;
        for (; *node; node++)
                if (*node <= ' ' || *node > '~' || strchr(":;\"\\", *node))
                        return false;

        return true;
}

int request_check_node(const char *disk, const char *node, sd_bus_error *error) {
        if (node_is_valid(node))
                return 0;

        return request_refuse(error, "%s: “%.40s” is not the name of a node.", disk, node);
}

/* ---- options */

int request_read_options(sd_bus_message *call, BusEntryFunc func, void *userdata,
                         sd_bus_error *error) {
        const char *name;
        int r;

        r = bus_read_entries(call, func, userdata, &name, error);
        if (r == -ENXIO && name && !sd_bus_error_is_set(error))
                return request_refuse(error, "%.40s has a value of another type.", name);

        return r;
}

int request_read_text(sd_bus_message *call, const char **ret) {
        return sd_bus_message_read(call, "v", "s", ret);
}

int request_read_bool(sd_bus_message *call, bool *ret) {
        int value, r;

        r = sd_bus_message_read(call, "v", "b", &value);
        if (r >= 0)
                *ret = value != 0;
        return r;
}

int request_read_tls(sd_bus_message *call, bool *ret_is_plain) {
        bool has_tls;
        int r;

        r = request_read_bool(call, &has_tls);
        if (r >= 0)
                *ret_is_plain = !has_tls;
        return r;
}

int request_read_certificates(sd_bus_message *call, char **ret, sd_bus_error *error) {
        const char *path;
        int r;

        r = request_read_text(call, &path);
        if (r < 0)
                return r;
        if (path[0] != '/' || strlen(path) > REQUEST_DIRECTORY_MAX || !is_one_word(path))
                return request_refuse(error,
                                      "Certificates is the absolute path of a directory, at most "
                                      "%d letters of ASCII, without blanks, “;” and “#”.",
                                      REQUEST_DIRECTORY_MAX);

        return keep_text(ret, path);
}

int request_read_peer_name(sd_bus_message *call, char **ret, sd_bus_error *error) {
        const char *name;
        int r;

        r = request_read_text(call, &name);
        if (r < 0)
                return r;
        if (!*name || strlen(name) > REQUEST_PEER_NAME_MAX || !is_one_word(name))
                return request_refuse(error, "“%.40s” is not a name in a certificate.", name);

        return keep_text(ret, name);
}

int request_check_tls(const char *certificates, const char *peer_name, bool is_plain,
                      sd_bus_error *error) {
        if ((certificates != NULL) != (peer_name != NULL))
                return request_refuse(error, "Certificates and PeerName need each other.");
        if (certificates && is_plain)
                return request_refuse(error, "Certificates are for TLS: leave out Tls=false.");

        return 0;
}
