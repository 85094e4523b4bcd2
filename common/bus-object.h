/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every daemon with objects on the bus needs: who calls, what for, and the paths of the
 * objects there are, for node enumerators and finders.
 */

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

/* The user of the sender, as the bus has it: not from /proc, where the pid may be another's by now.
 */
int bus_query_uid(sd_bus_message *call, uid_t *ret);

/*
 * Reads an a{sv}: func the value of one entry after the other. -ENXIO: one has a value of another
 * type. *ret_name is the one that func has refused, or NULL, and lives as long as the call;
 * ret_name may be NULL.
 */
typedef int (*BusEntryFunc)(sd_bus_message *call, const char *name, void *userdata,
                            sd_bus_error *error);
int bus_read_entries(sd_bus_message *call, BusEntryFunc func, void *userdata, const char **ret_name,
                     sd_bus_error *error);

/* A list of paths that ends with NULL, or is NULL. The first is also for _cleanup_. */
void bus_paths_free(char ***paths);
int bus_paths_add(char ***paths, size_t *n, const char *path);

/* What the path has below root and its "/"; NULL: it is not below it. For finders of objects. */
const char *bus_path_below(const char *path, const char *root);
