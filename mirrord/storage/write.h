/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is in a new image. Ends early when who asked has gone (-ECANCELED).
 */

#include "mirrord/storage/request.h"

/* Into an empty file. -ECANCELED also when it has been told already, by reply_error(). */
int write_raw(const StorageRequest *request, int fd);
int write_qcow2(const StorageRequest *request, int fd);

/* For people: why it cannot be made. Returns what reply_error() does. */
int write_refuse(const StorageRequest *request, int error);
