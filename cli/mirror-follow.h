/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A mirror looked at twice a second until something is so. Ctrl-C ends the looking, never the
 * mirror; a mirrord that is started anew is waited for.
 */

#include "cli/mirror.h"

typedef struct Follow {
        bool (*is_over)(const Mirror *mirror);
        void (*show)(void *userdata, const Mirror *mirror); /* each time; or NULL */
        void (*clear)(void *userdata); /* before anything else is said; or NULL */
        void *userdata;
        uint64_t deadline_usec; /* as now_usec(); UINT64_MAX: none */
} Follow;

/* 0, and how it is then; EXIT_FAILURE after a complaint, or a negative errno. Connected. */
int mirror_follow(Client *client, const char *id, const Follow *follow, Mirror *ret);

/* Catches Ctrl-C and SIGTERM from now on; whether one came since. */
void interrupts_catch(void);
bool interrupts_came(void);

/* For what must be done after one. */
void interrupts_forget(void);

/* Handles what the bus brings until then. Ends early after Ctrl-C. A negative errno. */
int bus_pause(sd_bus *bus, uint64_t until_usec);

/* Ready, or over. */
bool mirror_is_ready_or_ended(const Mirror *mirror);

/* Says how it is; 0 unless it failed or was cancelled. */
int mirror_report(const Client *client, const Mirror *mirror);
