/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What more than one of the views of mirrors says.
 */

#include "cli/mirror.h"

/* On stderr, with the next step, when the guest outruns the channel. */
void mirror_warn(const Client *client, const Mirror *mirror);
