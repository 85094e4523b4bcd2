/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Manager.Start as a call: an order, and the target that is to be filled, as its arguments.
 */

#include "cli/mirror-order.h"
#include "cli/target.h"

/* Whether each disk of the order has its place in the target, and a key if it must. */
int mirror_begin_check(const MirrorOrder *order, const Target *target,
                       const ConnectionList *connections);

/*
 * 0, or EXIT_FAILURE after a complaint; *ret_is_lost then tells that the mirror may run all the
 * same, because nobody answered.
 */
int mirror_begin(Client *client, const MirrorOrder *order, const Target *target,
                 const ConnectionList *connections, bool *ret_is_lost);
