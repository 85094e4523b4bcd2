/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirrord.h"

#include "cli/complain.h"
#include "common/bus-error.h"

#include <stdarg.h>
#include <string.h>

#define ID_MAX 31

const MirrordKind mirrord_job = {
        .noun = "mirror",
        .root = MIRRORD_JOBS,
        .interface = MIRRORD_JOB,
        .command = "npivot mirror",
};

const MirrordKind mirrord_target = {
        .noun = "target",
        .root = MIRRORD_TARGETS,
        .interface = MIRRORD_TARGET,
        .command = "npivot target",
};

int mirrord_check_id(const MirrordKind *kind, const char *id) {
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

        if (*id != '\0' && strlen(id) <= ID_MAX && id[strspn(id, letters)] == '\0')
                return 0;

        return complain_usage("“%s” is not the id of a %s: letters, digits and “_”, at most %d. "
                              "%s lists those there are.",
                              id, kind->noun, ID_MAX, kind->command);
}

int mirrord_object(const MirrordKind *kind, const char *id, char **ret) {
        int r;

        r = mirrord_check_id(kind, id);
        if (r != 0)
                return r;

        return asprintf(ret, "%s/%s", kind->root, id) < 0 ? -ENOMEM : 0;
}

const char *mirrord_host_words(const Client *client, char ret[static MIRRORD_HOST_MAX]) {
        const char *host = client->options->value[OPTION_HOST];

        ret[0] = '\0';
        if (host)
                (void) snprintf(ret, MIRRORD_HOST_MAX, " -H %s", host);
        return ret;
}

bool mirrord_is_away(const sd_bus_error *error) {
        return client_is_absent(error) ||
               sd_bus_error_has_names(error, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT);
}

/* A refusal by a name that sd-bus has no errno for comes as -EIO: it is one all the same. */
bool mirrord_reply_is_lost(const sd_bus_error *error, int r) {
        static const int lost[] = { EINTR, ECONNRESET, ECONNABORTED, ENOTCONN,
                                    EPIPE, ESHUTDOWN,  ETIMEDOUT };

        if (sd_bus_error_has_names(error, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT,
                                   SD_BUS_ERROR_DISCONNECTED, SD_BUS_ERROR_IO_ERROR))
                return true;
        if (error->name && strncmp(error->name, "System.Error.", strlen("System.Error.")) != 0)
                return false;
        for (size_t i = 0; i < ARRAY_LEN(lost); i++)
                if (r == -lost[i])
                        return true;

        return false;
}

int mirrord_refused(const Client *client, const MirrordKind *kind, const sd_bus_error *error, int r,
                    const char *what, const char *id) {
        const char *host = client->options->value[OPTION_HOST];
        char words[MIRRORD_HOST_MAX];

        if (!sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT))
                return client_refused(client, error, r, "Cannot %s %s %s%s%s", what, kind->noun, id,
                                      host ? " on " : "", host ? host : "");

        (void) complain("There is no %s %s%s%s.", kind->noun, id, host ? " on " : "",
                        host ? host : "");
        suggest("%s list%s shows those there are.", kind->command,
                mirrord_host_words(client, words));
        return EXIT_FAILURE;
}

static void suggest_next(const Client *client, const MirrordKind *kind, const char *id,
                         const char *next) {
        char words[MIRRORD_HOST_MAX];

        suggest("%s %s %s%s%s", kind->command, next, id,
                strcmp(next, "watch") == 0 ? " --ready" : "", mirrord_host_words(client, words));
}

int mirrord_tell(Client *client, const MirrordKind *kind, const char *id, const char *method,
                 const char *what, const char *next, const char *types, ...) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_free_ char *object = NULL;
        va_list args;
        int r;

        client->action = MIRRORD_ACTION;
        r = mirrord_object(kind, id, &object);
        if (r != 0)
                return r;
        r = sd_bus_message_new_method_call(client->bus, &call, MIRRORD_NAME, object,
                                           kind->interface, method);
        if (r >= 0 && types) {
                va_start(args, types);
                r = sd_bus_message_appendv(call, types, args);
                va_end(args);
        }
        if (r >= 0)
                r = sd_bus_call(client->bus, call, 0, &error, NULL);
        if (r >= 0)
                return 0;

        r = mirrord_refused(client, kind, &error, r, what, id);
        if (next && sd_bus_error_has_name(&error, NPIVOT_ERROR_NOT_READY))
                suggest_next(client, kind, id, next);
        return r;
}

int mirrord_append_tls(sd_bus_message *call, bool has_tls, const char *certificates,
                       const char *peer_name) {
        int r = 0;

        if (!has_tls)
                r = sd_bus_message_append(call, "{sv}", "Tls", "b", 0);
        if (r >= 0 && certificates)
                r = sd_bus_message_append(call, "{sv}", "Certificates", "s", certificates);
        if (r >= 0 && peer_name)
                r = sd_bus_message_append(call, "{sv}", "PeerName", "s", peer_name);

        return r;
}
