/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/argument.h"

#include "cli/complain.h"

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
