/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Disks that are files. One is made under a name that only its token knows, whole, and gets its own
 * name last: what has that name is never half made, and what was there before is never written
 * over.
 */

#include "mirrord/storage/request.h"

/* Each: 0, or what reply_error() returns. */
int image_check(const StorageRequest *request);
int image_create(const StorageRequest *request);
int image_place(const StorageRequest *request);
int image_remove(const StorageRequest *request);
