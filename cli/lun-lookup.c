/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun lookup: the stable link of a LUN, for scripts and hooks.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/lun-path.h"
#include "cli/verbs.h"

static int print_json(sd_bus_message *reply, const char *link, const char *wwid) {
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        _cleanup_(json_freep) Json *json = json_new_object();
        int r;

        r = lun_path_list_read(reply, &list);
        if (r < 0)
                return r;

        json_set_string(json, "link", link);
        json_set_string(json, "wwid", wwid);
        json_set(json, "paths", lun_path_list_to_json(&list));
        return json_print(json);
}

static int refused(const Client *client, const sd_bus_error *error, int r, const char *initiator,
                   const char *lun) {
        if (*lun == '\0')
                return client_refused(client, error, r, "Cannot look up the LUN behind %s",
                                      initiator);

        return client_refused(client, error, r, "Cannot look up LUN %s behind %s", lun, initiator);
}

static int look_up(Client *client, const char *initiator, const char *wwnn, const char *lun) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *link, *wwid;
        int r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                               "Lookup", &error, &reply, "sss", initiator, wwnn, lun);
        if (r >= 0)
                r = sd_bus_message_read(reply, "ss", &link, &wwid);
        if (r < 0)
                return refused(client, &error, r, initiator, lun);

        if (options_have(client->options, OPTION_JSON))
                return print_json(reply, link, wwid);
        if (*link == '\0') {
                (void) complain("%s behind %s has no link yet.", wwid, initiator);
                suggest("udevadm settle, then try again.");
                return EXIT_FAILURE;
        }

        puts(link);
        return 0;
}

int verb_lun_lookup(Client *client) {
        const char *lun = client->n_args > 1 ? client->args[1] : "", *initiator, *wwnn;
        WwnString initiator_buf, wwnn_buf;
        LunChoice choice;
        int r;

        r = argument_port(client->args[0], "The initiator", initiator_buf, &initiator);
        if (r == 0 && *lun != '\0')
                r = argument_lun(lun, &choice);
        if (r == 0)
                r = argument_wwn_option(client, OPTION_WWNN, wwnn_buf, &wwnn);
        if (r == 0)
                r = client_connect(client);
        if (r != 0)
                return r;

        return look_up(client, initiator, wwnn ? wwnn : "", lun);
}
