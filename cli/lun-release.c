/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun release: what is seen now is what it shall be from now on.
 */

#include "cli/complain.h"
#include "cli/verbs.h"

int verb_lun_release(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *name = client->args[0];
        uint32_t n;
        int r;

        client->action = LUNWATCH_ACTION;
        r = client_connect(client);
        if (r != 0)
                return r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_GUARD, "Release",
                               &error, &reply, "s", name);
        if (r >= 0)
                r = sd_bus_message_read(reply, "u", &n);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot release %s", name);

        printf("%s is released: %u %s may be used as they are now.\n", name, n,
               n == 1 ? "path or map" : "paths and maps");
        return 0;
}
