/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/argument.h"

#include "cli/complain.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

int argument_wwn(const char *word, const char *what, WwnString ret) {
        Wwn wwn;

        if (wwn_parse(word, &wwn) < 0)
                return complain_usage("%s \"%s\" is no WWN: 16 hex digits, with or without colons.",
                                      what, word);

        (void) wwn_format(wwn, ret);
        return 0;
}

int argument_wwn_option(const Client *client, Option option, WwnString buf, const char **ret) {
        const char *value = client->options->value[option];
        char what[32];
        int r;

        *ret = NULL;
        if (!value)
                return 0;

        (void) snprintf(what, sizeof what, "--%s", option_name(option));
        r = argument_wwn(value, what, buf);
        if (r == 0)
                *ret = buf;

        return r;
}

/* RFC 3720 has two kinds of names; naa. came later. */
static bool is_iscsi_name(const char *word) {
        return strncasecmp(word, "iqn.", 4) == 0 || strncasecmp(word, "eui.", 4) == 0 ||
               strncasecmp(word, "naa.", 4) == 0;
}

int argument_port(const char *word, const char *what, WwnString buf, const char **ret) {
        Wwn wwn;

        if (is_iscsi_name(word)) {
                *ret = word;
                return 0;
        }
        if (wwn_parse(word, &wwn) < 0)
                return complain_usage("%s \"%s\" is no port: 16 hex digits, with or without "
                                      "colons, or an iSCSI name.",
                                      what, word);

        *ret = wwn_format(wwn, buf);
        return 0;
}

int argument_port_option(const Client *client, Option option, WwnString buf, const char **ret) {
        const char *value = client->options->value[option];
        char what[32];

        *ret = NULL;
        if (!value)
                return 0;

        (void) snprintf(what, sizeof what, "--%s", option_name(option));
        return argument_port(value, what, buf, ret);
}

static bool is_number(const char *word) {
        return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

int argument_lun(const char *word, LunChoice *ret) {
        static const char *const authorities[] = { "wwid:", "naa.", "eui.", "t10." };
        uint64_t number;

        for (size_t i = 0; i < ARRAY_LEN(authorities); i++)
                if (strncasecmp(word, authorities[i], strlen(authorities[i])) == 0 &&
                    word[strlen(authorities[i])] != '\0') {
                        *ret = (LunChoice){ .wwid = word };
                        return 0;
                }

        errno = 0;
        number = strtoull(word, NULL, 10);
        if (!is_number(word) || errno != 0)
                return complain_usage("\"%s\" is no LUN: a number, or wwid: and a WWID.", word);

        *ret = (LunChoice){ .has_number = true, .number = number };
        return 0;
}

int argument_transport(const char *word) {
        if (!word || strcmp(word, "fc") == 0 || strcmp(word, "iscsi") == 0)
                return 0;

        return complain_usage("--transport \"%s\" is neither fc nor iscsi.", word);
}

int argument_yes_option(const Client *client, Option option, bool otherwise, bool *ret) {
        const char *value = client->options->value[option];

        if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
                return complain_usage("--%s \"%s\" is neither yes nor no.", option_name(option),
                                      value);

        *ret = value ? *value == 'y' : otherwise;
        return 0;
}

int argument_count_option(const Client *client, Option option, uint32_t max, uint32_t *ret) {
        const char *value = client->options->value[option];
        unsigned long number;

        if (!value)
                return 0;

        errno = 0;
        number = strtoul(value, NULL, 10);
        if (!is_number(value) || errno != 0 || number < 1 || number > max)
                return complain_usage("--%s \"%s\" is no number from 1 to %u.", option_name(option),
                                      value, max);

        *ret = (uint32_t) number;
        return 0;
}

int argument_timeout_option(const Client *client, uint64_t otherwise_usec, uint64_t max_usec,
                            uint64_t *ret_usec) {
        const char *value = client->options->value[OPTION_TIMEOUT];

        *ret_usec = otherwise_usec;
        if (!value)
                return 0;
        if (timeout_parse(value, ret_usec) < 0 || *ret_usec == 0 || *ret_usec > max_usec)
                return complain_usage(
                        "--timeout \"%s\" is no time such as 90, 90s or 2min, %" PRIu64
                        " h at most.",
                        value, max_usec / ARGUMENT_HOUR_USEC);

        return 0;
}

int argument_each_wwpn(Client *client, int (*act)(Client *client, const char *wwpn)) {
        int r, first_failure = 0;
        WwnString wwpn;

        for (size_t i = 0; i < client->n_args; i++) {
                r = argument_wwn(client->args[i], "The WWPN", wwpn);
                if (r != 0)
                        return r;
        }

        r = client_connect(client);
        if (r != 0)
                return r;

        for (size_t i = 0; i < client->n_args; i++) {
                (void) argument_wwn(client->args[i], "The WWPN", wwpn);
                r = act(client, wwpn);
                if (first_failure == 0)
                        first_failure = r;
        }

        return first_failure;
}
