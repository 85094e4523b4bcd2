/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A definition on its way to vhbad.
 */

#include "cli/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Request {
        const char *wwpn;
        const char *wwnn;
        const char *parent;        /* NULL for vhbad's choice */
        const char *symbolic_name; /* NULL for none */
        const char *const *expect;
        size_t n_expect;
        uint64_t timeout_usec; /* 0 for vhbad's choice */
        bool replace;
} Request;

/* 0, or EXIT_FAILURE after a complaint. */
int vhba_define(Client *client, const Request *request);

/* Enables or disables; as above. */
int vhba_set_autostart(Client *client, const char *wwpn, bool enable);
