/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"

#include <string.h>

static int command_zone_members(Request *request, int (*change)(Zoning *, const char *, uint64_t)) {
        const char *name = request->words[2];
        int r;

        if (strlen(name) >= ZONE_NAME_SIZE)
                return command_fail(request, -EINVAL, "The zone's name is longer than %d bytes.",
                                    ZONE_NAME_SIZE - 1);
        for (size_t i = 3; i < request->n_words; i++) {
                uint64_t port_name;

                r = command_word_wwn(request, i, &port_name);
                if (r < 0)
                        return r;
                r = change(&request->fabric->zoning, name, port_name);
                if (r < 0)
                        return command_fail(request, r, "Cannot change zone \"%s\" for %s: %s.",
                                            name, request->words[i], strerror(-r));
        }
        return command_done(request);
}

int command_zone(Request *request) {
        Zoning *zoning = &request->fabric->zoning;
        const char *verb = request->words[1];
        bool permit = request->n_words == 3 && strcmp(request->words[2], "permit") == 0;
        int r;

        if (strcmp(verb, "add") == 0 && request->n_words > 3)
                return command_zone_members(request, zoning_add);
        if (strcmp(verb, "remove") == 0 && request->n_words > 3)
                return command_zone_members(request, zoning_remove);
        if (strcmp(verb, "remove") == 0 && request->n_words == 3) {
                r = zoning_remove_zone(zoning, request->words[2]);
                if (r < 0)
                        return command_fail(request, r, "No zone \"%s\": see \"zones\".",
                                            request->words[2]);
                return command_done(request);
        }
        if (strcmp(verb, "default") == 0 &&
            (permit || (request->n_words == 3 && strcmp(request->words[2], "deny") == 0))) {
                zoning->edited_default_permit = permit;
                return command_done(request);
        }
        if (strcmp(verb, "clear") == 0 && request->n_words == 2) {
                zoning_clear(zoning);
                return command_done(request);
        }
        if (strcmp(verb, "activate") == 0 && request->n_words == 2) {
                r = fabric_activate_zoning(request->fabric);
                if (r < 0)
                        return command_fail(request, r, "Cannot activate: %s.", strerror(-r));
                return command_done(request);
        }
        return command_fail(request, -EINVAL,
                            "Use: zone add ZONE WWPN... | remove ZONE [WWPN...] | default "
                            "permit|deny | clear | activate");
}
