/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What sysfs attributes of any kind of device are read with. All names are below a directory
 * descriptor, and any of them may vanish at any time.
 */

#include "common/cleanup.h"
#include "common/wwn.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTR_MAX 256

/* What an attribute or a directory says when its device goes away under the reader. */
bool attr_is_gone(int r);

/* -ENXIO for what is no WWN: the port is not (or no longer) one of a fabric. */
int attr_read_wwn(int dir_fd, const char *name, Wwn *ret);

/* A decimal number; -EINVAL for anything else. */
int attr_read_number(int dir_fd, const char *name, uint64_t *ret);

/* The first entry of a directory, without a buffer from the heap. -ENOENT also for an empty one. */
int attr_first_entry(int dir_fd, const char *name, char *ret, size_t size);
