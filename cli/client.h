/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The connection to the daemons, here or on another host, and what their refusals mean to the
 * person at the terminal. Knows nothing of vHBAs or LUNs.
 */

#include "cli/options.h"
#include "common/cleanup.h"

#include <systemd/sd-bus.h>

#define VHBAD_NAME "org.npivot.vhba1"
#define VHBAD_ROOT "/org/npivot/vhba1"
#define VHBAD_MANAGER "org.npivot.vhba1.Manager"
#define VHBAD_HBA "org.npivot.vhba1.Hba"
#define VHBAD_VHBA "org.npivot.vhba1.Vhba"

#define VHBAD_ACTION "org.npivot.vhba1.manage"

#define LUNWATCH_NAME "org.npivot.lunwatch1"
#define LUNWATCH_ROOT "/org/npivot/lunwatch1"
#define LUNWATCH_MANAGER "org.npivot.lunwatch1.Manager"
#define LUNWATCH_MAPS "org.npivot.lunwatch1.Maps"
#define LUNWATCH_USAGE "org.npivot.lunwatch1.Usage"
#define LUNWATCH_GUARD "org.npivot.lunwatch1.Guard"
#define LUNWATCH_JOBS "org.npivot.lunwatch1.Jobs"
#define LUNWATCH_JOB "org.npivot.lunwatch1.Job"
#define CLIENT_MATCH_LUNWATCH \
        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus'," \
        "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" LUNWATCH_NAME "'"
#define LUNWATCH_ACTION "org.npivot.lunwatch1.manage"

#define MIRRORD_NAME "org.npivot.mirror1"
#define MIRRORD_ROOT "/org/npivot/mirror1"
#define MIRRORD_MANAGER "org.npivot.mirror1.Manager"
#define MIRRORD_JOBS "/org/npivot/mirror1/job"
#define MIRRORD_JOB "org.npivot.mirror1.Job"
#define MIRRORD_TARGETS "/org/npivot/mirror1/target"
#define MIRRORD_TARGET "org.npivot.mirror1.Target"
#define MIRRORD_ACTION "org.npivot.mirror1.manage"

typedef struct Client {
        const Options *options;
        char **args; /* the words after the verb */
        size_t n_args;
        sd_bus *bus;        /* NULL until client_connect() */
        const char *action; /* polkit's name for what a verb changes; NULL is VHBAD_ACTION */
} Client;

/* 0, or EXIT_FAILURE after a complaint. */
int client_connect(Client *client);

void client_done(Client *client);

/*
 * Complains about a call that failed with the (negative) errno r: what could not be done (the
 * format), the cause in words, the next step. Returns EXIT_FAILURE.
 */
int client_refused(const Client *client, const sd_bus_error *error, int r, const char *format, ...)
        _printf_(4, 5);

/* Whether the error means that the daemon is older than what was asked. */
bool client_is_unknown(const sd_bus_error *error);

/* Whether the error means that nobody owns the name and that it could not be activated. */
bool client_is_absent(const sd_bus_error *error);
