/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who uses a block device, as lunwatch tells it: mounts, swap, what is built on it, processes.
 */

#include "cli/json.h"
#include "cli/table.h"

#include <stddef.h>
#include <systemd/sd-bus.h>

#define USE_FIELDS "ssss"

/* The strings are those of the message that it was read from. */
typedef struct Use {
        const char *kind;   /* "mount", "swap", "lvm", "process", … */
        const char *object; /* mount point, VG/LV, pid, … */
        const char *device; /* that is used */
        const char *words;  /* for people */
} Use;

typedef struct UseList {
        Use *uses;
        size_t n_uses;
        sd_bus_message **messages;
        size_t n_messages;
} UseList;

/* An array of them behind what the list has; keeps the message. A negative errno. */
int use_list_read(sd_bus_message *message, UseList *list);
void use_list_done(UseList *list);

/* Is it among the first n? */
bool use_list_has(const UseList *list, size_t n, const Use *use);

/* Like mount and process, the end of a chain; map, lvm and partition have something on them. */
bool use_is_end(const Use *use);

/* A line each. Prints nothing when there are none. */
int use_list_print(const UseList *list, bool heads);

Json *use_list_to_json(const UseList *list);
