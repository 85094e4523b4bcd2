/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vhba-define.h"

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/inventory.h"
#include "cli/verbs.h"
#include "cli/vhba-job.h"

#include <string.h>

static int append_expect(sd_bus_message *call, const Request *request) {
        int r;

        r = sd_bus_message_open_container(call, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", "Expect");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "s");
        for (size_t i = 0; r >= 0 && i < request->n_expect; i++)
                r = sd_bus_message_append(call, "s", request->expect[i]);
        for (size_t i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(call);

        return r;
}

static int append_request(sd_bus_message *call, const Request *request) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}{sv}", "Wwpn", "s", request->wwpn, "Wwnn", "s",
                                          request->wwnn);
        if (r >= 0 && request->parent)
                r = sd_bus_message_append(call, "{sv}", "Parent", "s", request->parent);
        if (r >= 0 && request->symbolic_name)
                r = sd_bus_message_append(call, "{sv}", "SymbolicName", "s",
                                          request->symbolic_name);
        if (r >= 0 && request->n_expect > 0)
                r = append_expect(call, request);
        if (r >= 0 && request->timeout_usec > 0)
                r = sd_bus_message_append(call, "{sv}", "TimeoutUSec", "t", request->timeout_usec);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "b", (int) request->replace);

        return r;
}

int vhba_define(Client *client, const Request *request) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, VHBAD_NAME, VHBAD_ROOT,
                                           VHBAD_MANAGER, "Define");
        if (r >= 0)
                r = append_request(call, request);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, 0, &error, NULL);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot define %s", request->wwpn);

        return 0;
}

int vhba_set_autostart(Client *client, const char *wwpn, bool enable) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(vhba_done) Vhba vhba = { 0 };
        int r;

        r = vhba_load(client, wwpn, &vhba);
        if (r != 0)
                return r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, vhba.object, VHBAD_VHBA, "SetAutostart",
                               &error, NULL, "b", (int) enable);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot %s %s",
                                      enable ? "enable" : "disable", wwpn);

        return 0;
}

static int read_arguments(Client *client, WwnString wwpn, WwnString wwnn, Request *request) {
        const Options *options = client->options;
        const char *timeout = options->value[OPTION_TIMEOUT];
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = argument_wwn(client->args[1], "The WWNN", wwnn);
        if (r != 0)
                return r;

        *request = (Request){
                .wwpn = wwpn,
                .wwnn = wwnn,
                .parent = options->value[OPTION_PARENT],
                .symbolic_name = options->value[OPTION_SYMBOLIC_NAME],
                .expect = options->expect,
                .n_expect = options->n_expect,
                .replace = options_have(options, OPTION_REPLACE),
        };
        if (timeout &&
            (timeout_parse(timeout, &request->timeout_usec) < 0 || request->timeout_usec == 0))
                return complain_usage("--timeout \"%s\" is no number of seconds.", timeout);

        return 0;
}

int verb_vhba_define(Client *client) {
        bool enables = options_have(client->options, OPTION_ENABLE);
        bool starts = options_have(client->options, OPTION_START);
        WwnString wwpn, wwnn;
        Request request;
        int r;

        r = read_arguments(client, wwpn, wwnn, &request);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = vhba_define(client, &request);
        if (r != 0)
                return r;

        printf("%s is defined.\n", wwpn);
        if (enables) {
                r = vhba_set_autostart(client, wwpn, true);
                if (r != 0)
                        return r;
                printf("%s is enabled: it starts at every boot.\n", wwpn);
        }

        return starts ? vhba_start(client, wwpn) : 0;
}

static int undefine(Client *client, const char *wwpn) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, VHBAD_ROOT, VHBAD_MANAGER, "Undefine",
                               &error, NULL, "s", wwpn);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot undefine %s", wwpn);

        printf("%s is undefined.\n", wwpn);
        return 0;
}

int verb_vhba_undefine(Client *client) {
        return argument_each_wwpn(client, undefine);
}

/* The HBA that carries it now stays its parent: that is where the array lets it in. */
static int adopt(Client *client, const Vhba *vhba) {
        _cleanup_(hba_done) Hba hba = { 0 };
        char parent[sizeof "wwpn:" + WWN_STRING_LEN];
        Request request = {
                .wwpn = vhba->wwpn,
                .wwnn = vhba->wwnn,
                .symbolic_name = *vhba->symbolic_name != '\0' ? vhba->symbolic_name : NULL,
        };
        int r;

        if (strcmp(vhba->hba, "/") != 0) {
                r = hba_load_object(client, vhba->hba, &hba);
                if (r != 0)
                        return r;
                (void) snprintf(parent, sizeof parent, "wwpn:%s", hba.port_name);
                request.parent = parent;
        }

        r = vhba_define(client, &request);
        if (r != 0)
                return r;

        printf("%s is defined, on %s as it is now.\n", vhba->wwpn,
               request.parent ? request.parent : "auto");
        return 0;
}

int verb_vhba_adopt(Client *client) {
        _cleanup_(vhba_done) Vhba vhba = { 0 };
        WwnString wwpn;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = vhba_load(client, wwpn, &vhba);
        if (r == 0 && !vhba.defined)
                r = adopt(client, &vhba);
        if (r == 0 && options_have(client->options, OPTION_ENABLE))
                r = vhba_set_autostart(client, wwpn, true);
        if (r != 0)
                return r;

        /* The vport stays as it is; its unit learns that it is there. */
        return vhba_start(client, wwpn);
}
