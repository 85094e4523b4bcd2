/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-port: the helper of vhba@.service. Takes its arguments apart; each verb is in its own file.
 */

#include "common/log.h"
#include "common/message-ids.h"
#include "vhbad/port.h"

#include <string.h>

typedef struct Verb {
        const char *name;
        Cause (*run)(Port *port);
} Verb;

static const Verb verbs[] = {
        { "up", port_up },
        { "down", port_down },
        { "reload", port_reload },
};

static const char help[] =
        "usage: vhba-port up|down|reload WWPN\n"
        "\n"
        "Makes, deletes or updates the vport of the vHBA that is defined in\n" NPIVOT_CONFDIR_DEFAULT
        "/vhba/WWPN.conf. Run by vhba@WWPN.service: use systemctl.\n"
        "The exit status is explained in vhba@.service(5).\n";

static int run(int argc, char *argv[]) {
        Port port = { 0 };

        log_open("vhba-port", LOG_TO_AUTO);

        if (argc == 2 && strcmp(argv[1], "--help") == 0) {
                (void) fputs(help, stdout);
                return EXIT_SUCCESS;
        }
        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                (void) puts("vhba-port (npivot) " NPIVOT_VERSION);
                return EXIT_SUCCESS;
        }
        if (argc != 3) {
                (void) fputs(help, stderr);
                return CAUSE_USAGE;
        }

        /* In one form only: vhba@2100….service and vhba@21:00:….service would be two units. */
        if (wwn_parse(argv[2], &port.wwpn) < 0 ||
            strcmp(wwn_format(port.wwpn, port.name), argv[2]) != 0) {
                (void) snprintf(port.name, sizeof port.name, "%.16s", argv[2]);
                return port_fail(&port, CAUSE_USAGE, MESSAGE_VHBA_FAILED,
                                 "“%s” is not a WWPN of 16 lower-case hex digits.", argv[2]);
        }

        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (strcmp(argv[1], verbs[i].name) == 0)
                        return verbs[i].run(&port);

        (void) fputs(help, stderr);
        return CAUSE_USAGE;
}

int main(int argc, char *argv[]) {
        return run(argc, argv);
}
