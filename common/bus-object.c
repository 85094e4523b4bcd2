/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-object.h"

#include "common/cleanup.h"

#include <string.h>

int bus_query_uid(sd_bus_message *call, uid_t *ret) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        int r;

        r = sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds);
        if (r < 0)
                return r;

        return sd_bus_creds_get_euid(creds, ret);
}

int bus_read_entries(sd_bus_message *call, BusEntryFunc func, void *userdata, const char **ret_name,
                     sd_bus_error *error) {
        const char *name;
        int r;

        if (ret_name)
                *ret_name = NULL;
        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &name);
                if (r < 0)
                        return r;
                r = func(call, name, userdata, error);
                if (r < 0 && ret_name)
                        *ret_name = name;
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

void bus_paths_free(char ***paths) {
        for (char **path = *paths; path && *path; path++)
                free(*path);
        free(*paths);
}

int bus_paths_add(char ***paths, size_t *n, const char *path) {
        char **grown;

        grown = reallocarray(*paths, *n + 2, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        *paths = grown;
        grown[*n] = strdup(path);
        if (!grown[*n])
                return -ENOMEM;

        grown[++*n] = NULL;
        return 0;
}

const char *bus_path_below(const char *path, const char *root) {
        size_t length = strlen(root);

        if (strncmp(path, root, length) != 0 || path[length] != '/' || !path[length + 1])
                return NULL;

        return path + length + 1;
}
