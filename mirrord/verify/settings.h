/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one verifier is for: a file that mirrord writes, KEY=VALUE in a section [Verify]. Side,
 * Address, Ports, Tls and what belongs to it are as a relay's (relay/settings.h), and:
 *
 *   Export=PATH     the unix socket of an NBD server of QEMU's on this host
 *   Name=EXPORT     what the disk is called there
 *   Sample=PERCENT  source: of the disk, 1 to 100; 100 when it is not said
 *   Settle=MSEC     source: how long a block that differs must stay so, 1000 to 600000;
 *                   10000 when it is not said
 *   Limit=BYTES     a second, read from the disk, 1048576 or more; 0: none
 */

#include "mirrord/relay/settings.h"

#define VERIFY_LIMIT_MIN (1024 * 1024)
#define VERIFY_SETTLE_MSEC 10000
#define VERIFY_SETTLE_MSEC_MIN 1000
#define VERIFY_SETTLE_MSEC_MAX 600000

typedef struct VerifySettings {
        Settings link; /* its socket: Export; its name is there */
        unsigned sample;
        uint32_t settle_msec;
} VerifySettings;

void verify_settings_done(VerifySettings *settings);

/* -EINVAL: words say which key, what is wrong with it and what it must be. */
int verify_settings_read(const char *path, VerifySettings *ret, char words[static RELAY_WORDS_MAX]);
