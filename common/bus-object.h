/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every daemon with objects on the bus needs: who calls, and the paths of the objects there
 * are, for node enumerators and finders.
 */

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

/* The user of the sender, as the bus has it: not from /proc, where the pid may be another's by now.
 */
int bus_query_uid(sd_bus_message *call, uid_t *ret);

/* A list of paths that ends with NULL, or is NULL. The first is also for _cleanup_. */
void bus_paths_free(char ***paths);
int bus_paths_add(char ***paths, size_t *n, const char *path);

/* What the path has below root and its "/"; NULL: it is not below it. For finders of objects. */
const char *bus_path_below(const char *path, const char *root);
