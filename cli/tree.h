/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole picture of a host: HBAs, the vHBAs on each, the LUNs behind each of both.
 */

#include "cli/client.h"

/* Connects, loads and prints, as a tree or as JSON. Returns as verbs do. */
int tree_print(Client *client);
