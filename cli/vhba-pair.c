/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot vhba pair, unpair: both records at once, by vhbad.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/inventory.h"
#include "cli/verbs.h"

#include <string.h>

static int set_peer(Client *client, const char *wwpn, const char *peer, const char *role) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(vhba_done) Vhba vhba = { 0 };
        int r;

        r = vhba_load(client, wwpn, &vhba);
        if (r != 0)
                return r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, vhba.object, VHBAD_VHBA, "SetPeer", &error,
                               NULL, "ss", peer, role);
        if (r < 0 && *peer != '\0')
                return client_refused(client, &error, r, "Cannot pair %s with %s", wwpn, peer);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot unpair %s", wwpn);

        return 0;
}

int verb_vhba_pair(Client *client) {
        const char *role = client->options->value[OPTION_ROLE];
        WwnString wwpn, peer;
        bool is_primary;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = argument_wwn(client->args[1], "The peer", peer);
        if (r != 0)
                return r;

        if (!role)
                return complain_usage("vhba pair needs --role: what %s becomes.", wwpn);
        is_primary = strcmp(role, "primary") == 0;
        if (!is_primary && strcmp(role, "secondary") != 0)
                return complain_usage("--role \"%s\" is neither primary nor secondary.", role);

        r = client_connect(client);
        if (r == 0)
                r = set_peer(client, wwpn, peer, role);
        if (r != 0)
                return r;

        printf("%s is %s, %s is %s.\n", wwpn, role, peer, is_primary ? "secondary" : "primary");
        return 0;
}

int verb_vhba_unpair(Client *client) {
        WwnString wwpn;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = set_peer(client, wwpn, "", "");
        if (r != 0)
                return r;

        printf("%s is in no pair.\n", wwpn);
        return 0;
}
