/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bus object's properties into a struct, by a table. Members that the table does not know are
 * skipped: a newer daemon may have more.
 */

#include "common/cleanup.h"

#include <stddef.h>
#include <systemd/sd-bus.h>

typedef struct Property {
        const char *name;
        const char *type; /* s and o: char *, as: char **, b: bool, u: uint32_t, t: uint64_t */
        size_t offset;
        int (*read)(sd_bus_message *message, void *ret); /* for any other type: into the struct */
} Property;

/*
 * Reads an a{sv} at the message's position over what the struct holds (strings are freed first).
 * -ENXIO when a property has another type than the table says.
 */
int properties_read(sd_bus_message *message, const Property *table, size_t n, void *ret);

/* Gives every string that has not been read the value "". */
int properties_complete(const Property *table, size_t n, void *properties);

/* Frees what the struct holds (strings and lists) and leaves NULL behind. */
void properties_done(const Property *table, size_t n, void *properties);

char **strv_free(char **strv);
DEFINE_CLEANUP(char **, strv_free);
size_t strv_length(char *const *strv);
