/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Has PID 1 reload, which runs vhba-generator: once for many changes, and never waited for. A start
 * needs no reload; vhba@.service is a template that works without its drop-in.
 */

#include <systemd/sd-bus.h>

typedef struct Reload Reload;

int reload_new(sd_bus *bus, Reload **ret);
Reload *reload_free(Reload *reload);

/* Some time soon, once for all calls until then. */
int reload_soon(Reload *reload);

static inline void reload_freep(Reload **reload) {
        reload_free(*reload);
}
