/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Removes a LUN from this host: looks, holds, flushes, takes the map down, deletes the paths,
 * verifies. Up to the map nothing has changed when it is refused.
 */

#include "lunwatch/act/request.h"

/* 0, or what reply_error() returns. */
int lun_remove(int root_fd, const Request *request);
