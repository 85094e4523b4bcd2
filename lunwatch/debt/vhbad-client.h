/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Learns from vhbad, over the bus, which vHBAs are up and what they expect, and follows. Never
 * waits for an answer and never starts vhbad: while it is away, what it said last stays.
 */

#include "lunwatch/debt/vhba.h"

#include <systemd/sd-bus.h>

#define VHBAD_NAME "org.npivot.vhba1"
#define VHBAD_PATH "/org/npivot/vhba1"

/* vHBAs of an answer that are read in one turn of the event loop. */
#define VHBAD_SLICE 64U

typedef struct VhbadClient {
        VhbaList vhbas;
        bool is_synced; /* vhbad has said everything once */

        sd_bus *bus; /* borrowed */
        void (*changed)(void *userdata);
        void *userdata;

        char *owner; /* its unique name: nobody else is believed */
        sd_bus_slot *owner_match, *signal_match, *question;
        sd_bus_message *answer; /* read so far */
        VhbaList next;          /* what it says */
        bool is_stale;          /* something has changed since it was given */
        sd_event_source *turn, *again;
} VhbadClient;

/* changed is called whenever vhbas has changed. */
int vhbad_client_start(VhbadClient *client, sd_bus *bus, void (*changed)(void *userdata),
                       void *userdata);
void vhbad_client_done(VhbadClient *client);
