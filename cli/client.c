/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

#include "cli/complain.h"
#include "common/bus-error.h"

#include <stdarg.h>
#include <string.h>

/* A change may wait for an administrator who types a password. */
#define CALL_TIMEOUT_USEC (UINT64_C(120) * 1000000)

typedef struct NextStep {
        const char *error;
        const char *text;
} NextStep;

/* clang-format off */
static const NextStep next_steps[] = {
        { NPIVOT_ERROR_NO_SUCH_VHBA, "npivot vhba list shows the vHBAs of this host." },
        { NPIVOT_ERROR_NO_SUCH_HBA, "npivot hba list shows the HBAs of this host." },
        { NPIVOT_ERROR_ALREADY_DEFINED,
                "npivot vhba show WWPN shows what is there; define --replace changes it." },
        { NPIVOT_ERROR_NOT_DEFINED,
                "npivot vhba adopt WWPN makes a vport that others made npivot's." },
        { NPIVOT_ERROR_STILL_ACTIVE, "npivot vhba stop WWPN, then try again." },
        { NPIVOT_ERROR_BUSY,
                "end what uses the LUNs; --force takes them away, and its I/O fails." },
        { NPIVOT_ERROR_PAIR_CONFLICT, "npivot vhba unpair WWPN dissolves a pair." },
        { NPIVOT_ERROR_UNKNOWN_OUTCOME,
                "check the disk below /etc/npivot, then give the command again." },
        { NPIVOT_ERROR_NO_SUCH_PATH, "npivot lun list shows the paths of this host." },
        { NPIVOT_ERROR_NO_LUN, "npivot lun list --initiator WWPN shows what is behind it." },
        { NPIVOT_ERROR_AMBIGUOUS_LUN,
                "add the LUN number, or wwid:… where one number leads to different LUNs." },
        { NPIVOT_ERROR_QUARANTINED,
                "npivot doctor shows what it was and what it is; npivot lun release NAME lets it be "
                "used again." },
        { NPIVOT_ERROR_NOT_QUARANTINED, "npivot doctor shows what is quarantined." },
        { NPIVOT_ERROR_NO_SUCH_MAP, "npivot map list shows the maps of this host." },
        { NPIVOT_ERROR_NO_SUCH_OBJECT,
                "npivot lun list, npivot map list and npivot vhba list --tree show what is here." },
        { NPIVOT_ERROR_ALREADY_MIRRORED,
                "npivot mirror list and npivot target list show what is there; abort ID, then forget "
                "ID, frees a name." },
        { NPIVOT_ERROR_NO_MONITOR, "give mirrord a QMP socket that nobody else uses." },
        { NPIVOT_ERROR_UNKNOWN_DIRECTORY, "npivot lun list --view=by-path, for one." },
};
/* clang-format on */

int client_connect(Client *client) {
        const char *host = client->options->value[OPTION_HOST];
        int r;

        if (host)
                r = sd_bus_open_system_remote(&client->bus, host);
        else
                r = sd_bus_open_system_with_description(&client->bus, "npivot");
        if (r < 0) {
                (void) complain("Cannot connect to the system bus%s%s: %s", host ? " of " : "",
                                host ? host : "", strerror(-r));
                if (host)
                        suggest("try ssh %s systemd-stdio-bridge --help.", host);
                return EXIT_FAILURE;
        }

        (void) sd_bus_set_method_call_timeout(client->bus, CALL_TIMEOUT_USEC);
        (void) sd_bus_set_allow_interactive_authorization(client->bus, isatty(STDIN_FILENO));
        return 0;
}

void client_done(Client *client) {
        client->bus = sd_bus_flush_close_unref(client->bus);
}

bool client_is_absent(const sd_bus_error *error) {
        return sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                      SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               (error->name && strncmp(error->name, "org.freedesktop.DBus.Error.Spawn.",
                                       strlen("org.freedesktop.DBus.Error.Spawn.")) == 0);
}

/* The bus puts the name that it looked for into the message. */
static const char *absent_daemon(const sd_bus_error *error) {
        if (error->message && strstr(error->message, LUNWATCH_NAME))
                return "lunwatch";

        return error->message && strstr(error->message, MIRRORD_NAME) ? "mirrord" : "vhbad";
}

bool client_is_unknown(const sd_bus_error *error) {
        return sd_bus_error_has_names(error, SD_BUS_ERROR_UNKNOWN_METHOD,
                                      SD_BUS_ERROR_UNKNOWN_INTERFACE, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                      SD_BUS_ERROR_UNKNOWN_PROPERTY);
}

static void suggest_for(const Client *client, const sd_bus_error *error, int r) {
        const char *host = client->options->value[OPTION_HOST];

        if (client_is_absent(error))
                suggest("systemctl start %s; journalctl -u %s says why it does not run.",
                        absent_daemon(error), absent_daemon(error));
        else if (host && (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE))
                suggest("try ssh %s systemd-stdio-bridge --help.", host);
        else if (sd_bus_error_has_names(error, SD_BUS_ERROR_ACCESS_DENIED,
                                        SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
                suggest("be root, or have polkit allow you %s.",
                        client->action ? client->action : VHBAD_ACTION);
        else if (client_is_unknown(error))
                suggest("systemctl restart lunwatch vhbad mirrord, if npivot was updated.");
        else
                for (size_t i = 0; i < ARRAY_LEN(next_steps); i++)
                        if (sd_bus_error_has_name(error, next_steps[i].error))
                                suggest("%s", next_steps[i].text);
}

int client_refused(const Client *client, const sd_bus_error *error, int r, const char *format,
                   ...) {
        _cleanup_free_ char *what = NULL;
        const char *why;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&what, format, args);
        va_end(args);
        if (n < 0) {
                what = NULL;
                return complain("Out of memory.");
        }

        if (client_is_absent(error))
                (void) complain("%s: %s does not run.", what, absent_daemon(error));
        else {
                why = error->message ? error->message : strerror(-r);
                (void) complain("%s: %s", what, why);
        }
        suggest_for(client, error, r);

        return EXIT_FAILURE;
}
