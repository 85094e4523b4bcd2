/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What npivot mirror legacy was told: a whole QEMU that shall move. Checked before anybody is
 * asked.
 */

#include "cli/mirror-order.h"

#define LEGACY_KEY_MAX 128

typedef struct LegacyOrder {
        char id[MIRROR_ID_MAX + 1];
        const char *monitor, *address;
        uint32_t port;                        /* of the relay on the other host */
        char key[LEGACY_KEY_MAX + 1];         /* "": none */
        const char *certificates, *peer_name; /* NULL: not said */
        bool has_tls, is_incremental;
        uint64_t speed;
} LegacyOrder;

/* The key is not left in memory. */
void legacy_order_done(LegacyOrder *order);

/* 0, EXIT_USAGE or EXIT_FAILURE after a complaint, or a negative errno. */
int legacy_order_read(const Client *client, LegacyOrder *ret);
