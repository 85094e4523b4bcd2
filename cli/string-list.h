/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arrays that grow, and lists of strings that stay in the messages which they came in.
 */

#include "cli/json.h"

#include <stddef.h>
#include <systemd/sd-bus.h>

/* Room for one more at the end of an array that grows by doubling; NULL without memory. */
void *grow(void *array, size_t n, size_t size);

/* Takes a reference, for as long as strings of the message are in use. A negative errno. */
int messages_keep(sd_bus_message ***messages, size_t *n_messages, sd_bus_message *message);

/*
 * Reads an "as" without copying the strings: they are the message's. *ret ends with NULL and is to
 * be freed; it is NULL when there are none. A negative errno.
 */
int string_list_read(sd_bus_message *message, const char ***ret);

Json *string_list_to_json(const char **list);
