/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot trace: everything that a name hangs together with, downwards from who uses a disk or
 * upwards from a port.
 */

#include "cli/chain-tree.h"
#include "cli/complain.h"
#include "cli/verbs.h"

#include <string.h>

static int print_json(const char *name, const Chain *chain) {
        _cleanup_(json_freep) Json *json = json_new_object();

        json_set_string(json, "name", name);
        json_set_string(json, "kind", chain->kind);
        chain_set_json(chain, json);
        return json_print(json);
}

int verb_trace(Client *client) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        bool legend = !options_have(client->options, OPTION_NO_LEGEND), is_port;
        _cleanup_(chain_done) Chain chain = { 0 };
        const char *name = client->args[0];
        int r;

        r = client_connect(client);
        if (r != 0)
                return r;
        r = chain_query(client, name, &chain, &error);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot trace %s", name);

        is_port = strcmp(chain.kind, "initiator") == 0 || strcmp(chain.kind, "target") == 0;
        if (!is_port)
                chain_inspect(client, name, &chain);
        if (options_have(client->options, OPTION_JSON))
                return print_json(name, &chain);
        if (chain.paths.n_paths + chain.maps.n_maps + chain.uses.n_uses == 0) {
                if (legend)
                        remark("%s is known, and nothing is behind it.", name);
                return 0;
        }

        return is_port ? chain_tree_print_up(&chain, legend)
                       : chain_tree_print_down(&chain, legend);
}
