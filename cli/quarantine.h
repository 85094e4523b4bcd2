/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lunwatch's guard keeps from being used, and what is owed to a definition.
 */

#include "cli/client.h"
#include "cli/json.h"

#include <stddef.h>
#include <stdint.h>

#define DEBT_FIELDS "ssssst"

/* The strings of both are those of the message that they were read from. */
typedef struct Quarantined {
        const char *what; /* "path" or "map" */
        const char *key;
        const char *device;
        const char *cause;
        const char *was;
        const char *is;
        uint64_t since_usec; /* CLOCK_REALTIME */
} Quarantined;

typedef struct Debt {
        const char *initiator;
        const char *lun;
        const char *wwid;
        const char *kind;
        const char *words;
        uint64_t since_usec;
} Debt;

/* Calls for each. A negative errno with the error filled in, or what a callback returned below 0.
 */
int quarantine_query(Client *client, int (*use)(const Quarantined *quarantined, void *userdata),
                     void *userdata, sd_bus_error *error);
int debt_query(Client *client, int (*use)(const Debt *debt, void *userdata), void *userdata,
               sd_bus_error *error);

/* The same for the array of DebtChanged. A negative errno. */
int debt_read_all(sd_bus_message *message, int (*use)(const Debt *debt, void *userdata),
                  void *userdata);

Json *quarantined_to_json(const Quarantined *quarantined);
Json *debt_to_json(const Debt *debt);

#define FORMAT_SINCE_MAX 40

/* "2026-11-24 08:00:01", in the time of this host; "" for 0. Returns buf. */
const char *format_since(uint64_t usec, char buf[static FORMAT_SINCE_MAX]);
