/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of a command line as values. What makes no sense is complained about here, before
 * anybody is asked on the bus.
 */

#include "cli/client.h"
#include "common/wwn.h"

/* A WWN in any spelling, in the one that npivot prints. 0, or EXIT_USAGE. what is "the WWPN", … */
int argument_wwn(const char *word, const char *what, WwnString ret);

/* The value of an option that names a port; *ret is NULL when it was not given. */
int argument_wwn_option(const Client *client, Option option, WwnString buf, const char **ret);

/*
 * For verbs that take several vHBAs: checks all of the words, connects, and does each, also after
 * one has failed. 0, or what the first failure returned.
 */
int argument_each_wwpn(Client *client, int (*act)(Client *client, const char *wwpn));
