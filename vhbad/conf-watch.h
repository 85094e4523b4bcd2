/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notices what happens to the directory of definitions, whoever does it: hand edits, configuration
 * management, vhbad itself. Also while the directory does not exist yet. Reads nothing of it.
 */

#include "common/wwn.h"

#include <systemd/sd-event.h>

typedef struct ConfWatch ConfWatch;

typedef struct ConfWatchListener {
        void (*file_changed)(Wwn wwpn, void *userdata);
        /* Anything may have changed. */
        void (*directory_changed)(void *userdata);
} ConfWatchListener;

int conf_watch_new(sd_event *event, const char *directory, const ConfWatchListener *listener,
                   void *userdata, ConfWatch **ret);
ConfWatch *conf_watch_free(ConfWatch *watch);

static inline void conf_watch_freep(ConfWatch **watch) {
        conf_watch_free(*watch);
}
