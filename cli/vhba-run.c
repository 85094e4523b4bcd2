/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot vhba start, stop, enable, disable: what systemctl does for the unit as well.
 */

#include "cli/argument.h"
#include "cli/verbs.h"
#include "cli/vhba-define.h"
#include "cli/vhba-job.h"

#include <stdio.h>

static int enable(Client *client, const char *wwpn) {
        int r;

        r = vhba_set_autostart(client, wwpn, true);
        if (r != 0)
                return r;

        printf("%s is enabled: it starts at every boot.\n", wwpn);
        return options_have(client->options, OPTION_NOW) ? vhba_start(client, wwpn) : 0;
}

static int disable(Client *client, const char *wwpn) {
        int r;

        r = vhba_set_autostart(client, wwpn, false);
        if (r != 0)
                return r;

        printf("%s is disabled: it no longer starts at boot.\n", wwpn);
        return options_have(client->options, OPTION_NOW) ? vhba_stop(client, wwpn) : 0;
}

int verb_vhba_start(Client *client) {
        return argument_each_wwpn(client, vhba_start);
}

int verb_vhba_stop(Client *client) {
        return argument_each_wwpn(client, vhba_stop);
}

int verb_vhba_enable(Client *client) {
        return argument_each_wwpn(client, enable);
}

int verb_vhba_disable(Client *client) {
        return argument_each_wwpn(client, disable);
}
