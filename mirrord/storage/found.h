/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is there already and may be used although it holds something: a file or a block device of
 * exactly the right size that nobody uses.
 */

#include "mirrord/storage/request.h"

/* A file of this name. 0, or what reply_error() returns. */
int found_check(const StorageRequest *request, int dir_fd, const char *name, const char *place);

/* The device of the path. 0, or what reply_error() returns. */
int device_check(const StorageRequest *request);
