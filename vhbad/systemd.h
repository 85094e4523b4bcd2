/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The conversation with PID 1: follows what it says of vhba@ units and their files, asks for what
 * its signals do not carry. Never waits: every answer comes back through the event loop. What a
 * change means is the listener's business.
 */

#include "vhbad/unit.h"

#include <systemd/sd-event.h>

typedef struct Systemd Systemd;

typedef struct SystemdListener {
        /* The unit of a known vHBA, or NULL. */
        Unit *(*find_unit)(Wwn wwpn, void *userdata);
        /* A job is over, of whatever unit. */
        void (*job_removed)(const char *job, void *userdata);
        /* Something of a unit changed. */
        void (*unit_changed)(Wwn wwpn, void *userdata);
        /*
         * Everything may have changed: PID 1 came (back) or somebody edited unit files. To be
         * answered by systemd_ask() for every known unit.
         */
        void (*outdated)(bool properties, void *userdata);
} SystemdListener;

int systemd_new(sd_bus *bus, const SystemdListener *listener, void *userdata, Systemd **ret);
Systemd *systemd_free(Systemd *systemd);

/* Asks for the state of the unit's file, and with properties for those as well. */
int systemd_ask(Systemd *systemd, Wwn wwpn, bool properties);

/* Nothing asked is without an answer; also when there is no PID 1 on this bus to answer. */
bool systemd_is_settled(const Systemd *systemd);

static inline void systemd_freep(Systemd **systemd) {
        systemd_free(*systemd);
}

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
