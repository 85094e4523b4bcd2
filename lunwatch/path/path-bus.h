/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A path as the struct that the interface describes.
 */

#include "lunwatch/path/path.h"

#include <systemd/sd-bus.h>

#define PATH_BUS_FIELDS "sssssstssssssutbsas"
#define PATH_BUS_TYPE "(" PATH_BUS_FIELDS ")"
#define PATH_BUS_LIST "a" PATH_BUS_TYPE

int path_bus_append(sd_bus_message *m, const Path *path);
int path_bus_append_list(sd_bus_message *m, const Path *const *paths, size_t n_paths);

/* "/dev/disk/by-vhba/…", or "" while udev has made none. */
#define PATH_BUS_LINK_MAX (sizeof "/dev/disk/" + PATH_LINK_MAX)
const char *path_bus_format_link(const Path *path, char ret[static PATH_BUS_LINK_MAX]);
