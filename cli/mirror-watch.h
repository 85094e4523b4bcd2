/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A mirror shown while it goes on: a bar a disk on a terminal, lines elsewhere, JSON if asked for.
 */

#include "cli/mirror-follow.h"

/* Until is_over; then as mirror_follow(). Connected. */
int mirror_watch(Client *client, const char *id, bool (*is_over)(const Mirror *mirror),
                 Mirror *ret);
