/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/settings.h"

#include "common/file.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#define SECTION "Relay"

void settings_done(Settings *settings) {
        explicit_bzero(settings->key, sizeof settings->key);
        free(settings->ca_file);
        free(settings->certificate_file);
        free(settings->private_key_file);
        free(settings->peer_name);
        *settings = (Settings){ 0 };
}

static int parse_side(const char *value, unsigned line, void *userdata, ConfError *error) {
        SettingsParsed *parsed = userdata;

        parsed->has_side = true;
        parsed->settings.side = strcmp(value, "target") == 0 ? RELAY_TARGET : RELAY_SOURCE;
        if (parsed->settings.side == RELAY_TARGET || strcmp(value, "source") == 0)
                return 0;

        return conf_error(error, line, "Side is source or target, not \"%s\"", value);
}

static int parse_socket(const char *value, unsigned line, void *userdata, ConfError *error) {
        SettingsParsed *parsed = userdata;
        struct sockaddr_un *address = &parsed->settings.socket;

        if (value[0] != '/' || strlen(value) >= sizeof address->sun_path)
                return conf_error(error, line, "%s is an absolute path of at most %zu bytes",
                                  parsed->socket_key, sizeof address->sun_path - 1);
        address->sun_family = AF_UNIX;
        (void) strcpy(address->sun_path, value);
        parsed->has_socket = true;
        return 0;
}

static int parse_name(const char *value, unsigned line, void *userdata, ConfError *error) {
        Settings *settings = &((SettingsParsed *) userdata)->settings;
        size_t length = strlen(value);

        if (length == 0 || length > RELAY_NAME_MAX)
                return conf_error(error, line, "Name has 1 to %d bytes", RELAY_NAME_MAX);
        memcpy(settings->name, value, length + 1);
        return 0;
}

static int parse_owner(const char *value, unsigned line, void *userdata, ConfError *error) {
        SettingsParsed *parsed = userdata;
        unsigned long uid;
        char rest;

        if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 10 ||
            sscanf(value, "%lu%c", &uid, &rest) != 1 || uid >= UINT32_MAX)
                return conf_error(error, line, "Owner is the number of a user");
        parsed->settings.owner = (uid_t) uid;
        parsed->settings.has_owner = true;
        return 0;
}

/* Numbers only: a name could lead elsewhere at every look-up. */
static int parse_address(const char *value, unsigned line, void *userdata, ConfError *error) {
        SettingsParsed *parsed = userdata;
        Settings *settings = &parsed->settings;
        struct sockaddr_in *v4 = (struct sockaddr_in *) &settings->address;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) &settings->address;

        settings->address = (struct sockaddr_storage){ 0 };
        parsed->has_address = true;
        if (inet_pton(AF_INET, value, &v4->sin_addr) == 1) {
                v4->sin_family = AF_INET;
                settings->address_size = sizeof *v4;
                return 0;
        }
        if (inet_pton(AF_INET6, value, &v6->sin6_addr) == 1) {
                v6->sin6_family = AF_INET6;
                settings->address_size = sizeof *v6;
                return 0;
        }

        return conf_error(error, line, "Address is an IP address, not \"%s\"", value);
}

static int parse_ports(const char *value, unsigned line, void *userdata, ConfError *error) {
        SettingsParsed *parsed = userdata;
        Settings *settings = &parsed->settings;
        unsigned first, last;
        char rest;
        int n;

        n = sscanf(value, "%5u-%5u%c", &first, &last, &rest);
        if (n == 1 && strspn(value, "0123456789") == strlen(value))
                last = first;
        else if (n != 2)
                first = 0;
        if (first == 0 || first > last || last > UINT16_MAX)
                return conf_error(error, line, "Ports is a port or FIRST-LAST, from 1 to 65535");

        settings->first_port = (uint16_t) first;
        settings->last_port = (uint16_t) last;
        parsed->has_ports = true;
        return 0;
}

static int parse_tls(const char *value, unsigned line, void *userdata, ConfError *error) {
        static const char *const
                kinds[] = { [RELAY_PLAIN] = "no", [RELAY_PSK] = "psk", [RELAY_X509] = "x509" };
        SettingsParsed *parsed = userdata;

        for (RelayTls i = 0; i < ARRAY_LEN(kinds); i++)
                if (strcmp(value, kinds[i]) == 0) {
                        parsed->settings.tls = i;
                        return 0;
                }

        return conf_error(error, line, "Tls is psk, x509 or no");
}

/* The value is a secret, and not in the words. */
static int parse_key(const char *value, unsigned line, void *userdata, ConfError *error) {
        Settings *settings = &((SettingsParsed *) userdata)->settings;
        size_t length = strlen(value);

        if (length % 2 != 0 || length / 2 < RELAY_KEY_MIN || length / 2 > RELAY_KEY_MAX ||
            strspn(value, "0123456789abcdefABCDEF") != length)
                return conf_error(error, line, "Key has %d to %d bytes, as hex digits",
                                  RELAY_KEY_MIN, RELAY_KEY_MAX);
        settings->key_size = length / 2;
        for (size_t i = 0; i < settings->key_size; i++)
                (void) sscanf(value + 2 * i, "%2" SCNx8, settings->key + i);

        return 0;
}

static int parse_ca(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep_text(&((SettingsParsed *) userdata)->settings.ca_file, value);
}

static int parse_certificate(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep_text(&((SettingsParsed *) userdata)->settings.certificate_file, value);
}

static int parse_private_key(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep_text(&((SettingsParsed *) userdata)->settings.private_key_file, value);
}

static int parse_peer_name(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep_text(&((SettingsParsed *) userdata)->settings.peer_name, value);
}

static int parse_limit(const char *value, unsigned line, void *userdata, ConfError *error) {
        Settings *settings = &((SettingsParsed *) userdata)->settings;
        char *end;

        errno = 0;
        settings->limit = strtoull(value, &end, 10);
        if (errno == 0 && *end == '\0' && value[0] >= '0' && value[0] <= '9')
                return 0;

        return conf_error(error, line, "Limit is a number of bytes a second");
}

int settings_parse_stall(const char *value, uint32_t *ret_msec) {
        unsigned long msec;

        if (value[0] == '\0' || strlen(value) > 6 || strspn(value, "0123456789") != strlen(value))
                return -EINVAL;
        msec = strtoul(value, NULL, 10);
        if (msec != 0 && (msec < RELAY_STALL_MIN_MSEC || msec > RELAY_STALL_MAX_MSEC))
                return -EINVAL;

        *ret_msec = (uint32_t) msec;
        return 0;
}

static int parse_stall(const char *value, unsigned line, void *userdata, ConfError *error) {
        if (settings_parse_stall(value, &((SettingsParsed *) userdata)->settings.stall_msec) == 0)
                return 0;

        return conf_error(error, line, "Stall is 0 or %d to %d milliseconds", RELAY_STALL_MIN_MSEC,
                          RELAY_STALL_MAX_MSEC);
}

/* Of every such file. */
static const ConfKey common_keys[] = {
        { NULL, NULL, false, parse_socket },
        { NULL, "Side", false, parse_side },
        { NULL, "Name", false, parse_name },
        { NULL, "Address", false, parse_address },
        { NULL, "Ports", false, parse_ports },
        { NULL, "Tls", false, parse_tls },
        { NULL, "Key", false, parse_key },
        { NULL, "CaFile", false, parse_ca },
        { NULL, "CertificateFile", false, parse_certificate },
        { NULL, "PrivateKeyFile", false, parse_private_key },
        { NULL, "PeerName", false, parse_peer_name },
        { NULL, "Limit", false, parse_limit },
};

#define KEYS_MAX (ARRAY_LEN(common_keys) + 8)

static int check(const SettingsParsed *parsed, ConfError *error) {
        const Settings *settings = &parsed->settings;

        if (!parsed->has_side || !parsed->has_socket || !parsed->has_address || !parsed->has_ports)
                return conf_error(error, 0, "Side, %s, Address and Ports are needed",
                                  parsed->socket_key);
        if (settings->side == RELAY_SOURCE && settings->first_port != settings->last_port)
                return conf_error(error, 0, "the source connects to one port, not to a range");
        if (settings->side == RELAY_TARGET && settings->stall_msec > 0)
                return conf_error(error, 0, "Stall is for the source: the target is what stalls");
        if (settings->tls == RELAY_PSK && settings->key_size == 0)
                return conf_error(error, 0, "Tls=psk needs a Key");
        if (settings->tls == RELAY_X509 && (!settings->ca_file || !settings->certificate_file ||
                                            !settings->private_key_file || !settings->peer_name))
                return conf_error(error, 0,
                                  "Tls=x509 needs CaFile, CertificateFile, PrivateKeyFile and "
                                  "PeerName");

        return 0;
}

static int parse(const char *text, size_t size, const ConfKey *more, size_t n_more,
                 SettingsParsed *parsed, ConfError *error) {
        ConfKey keys[KEYS_MAX];
        size_t n = 0;
        int r;

        if (n_more > KEYS_MAX - ARRAY_LEN(common_keys))
                return -E2BIG;
        for (size_t i = 0; i < ARRAY_LEN(common_keys); i++) {
                keys[n] = common_keys[i];
                keys[n].section = parsed->section;
                if (!keys[n].name)
                        keys[n].name = parsed->socket_key;
                n++;
        }
        for (size_t i = 0; i < n_more; i++)
                keys[n++] = more[i];
        r = conf_parse(text, size, keys, n, parsed, error);

        return r < 0 ? r : check(parsed, error);
}

/* It may hold a key: only root can have written it. */
int settings_read_section(const char *path, const ConfKey *more, size_t n_more,
                          SettingsParsed *parsed, char words[static RELAY_WORDS_MAX]) {
        _cleanup_free_ char *text = NULL;
        ConfError error = { 0 };
        size_t size;
        int r;

        r = file_read_trusted(AT_FDCWD, path, CONF_FILE_MAX, &text, &size);
        if (r < 0) {
                (void) snprintf(words, RELAY_WORDS_MAX, "%.150s: %s", path, strerror(-r));
                return r;
        }
        r = parse(text, size, more, n_more, parsed, &error);
        explicit_bzero(text, size);
        if (r < 0) {
                (void) snprintf(words, RELAY_WORDS_MAX, "%.100s:%u: %.140s", path, error.line,
                                error.what);
                settings_done(&parsed->settings);
                return -EINVAL;
        }

        return 0;
}

static const ConfKey relay_keys[] = {
        { SECTION, "Owner", false, parse_owner },
        { SECTION, "Stall", false, parse_stall },
};

int settings_read(const char *path, Settings *ret, char words[static RELAY_WORDS_MAX]) {
        SettingsParsed parsed = {
                .settings.tls = RELAY_PSK,
                .section = SECTION,
                .socket_key = "Socket",
        };
        int r;

        r = settings_read_section(path, relay_keys, ARRAY_LEN(relay_keys), &parsed, words);
        if (r < 0)
                return r;

        *ret = parsed.settings;
        return 0;
}
