/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk on this host: an NBD export of QEMU's on a unix socket, which is read and never written,
 * by a connection of its own. Where QEMU says that there are only zeroes, nothing is read but in a
 * fresh read. Never waits. The home of libnbd.
 */

#include "mirrord/verify/read.h"

#include <poll.h>
#include <stdbool.h>

typedef struct Export Export;

#define EXPORT_WORDS_MAX 200

/* Begins to connect. On failure of this and of export_run() words say why. */
int export_new(const char *socket, const char *name, Export **ret,
               char words[static EXPORT_WORDS_MAX]);
Export *export_free(Export *export);

/* What to poll for; then, with the results: */
struct pollfd export_poll(const Export *export);
int export_run(Export *export, short revents, char words[static EXPORT_WORDS_MAX]);

/* It is connected: its size is known, and it can be read, once the key is there. */
bool export_is_ready(const Export *export);
uint64_t export_size(const Export *export);
void export_set_key(Export *export, const DigestKey *key);

/* For a Reader; the read must stay until it is done or the export is freed. */
int export_begin(void *export, Read *read);
