/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * TLS 1.3 on a connected socket that does not block: by a key that both sides have for this one
 * relay, or by certificates, which both sides must show. The home of GnuTLS.
 */

#include "mirrord/relay/settings.h"

#include <sys/types.h>

typedef struct Tls Tls;

/* Reads the files that the settings name. Words say what is wrong with which. */
int tls_new(const Settings *settings, Tls **ret, char words[static RELAY_WORDS_MAX]);
Tls *tls_free(Tls *tls);
DEFINE_CLEANUP(Tls *, tls_free);

/* A session on this socket; the one before is dropped. */
int tls_begin(Tls *tls, int fd);

/* 0: done. -EAGAIN: poll for tls_events(). Other errors are the end; words say why. */
int tls_handshake(Tls *tls, char words[static RELAY_WORDS_MAX]);

/* POLLIN or POLLOUT: what the step that said -EAGAIN waits for. */
short tls_events(const Tls *tls);

/*
 * As read() and write(): 0 is the other side's end; -EAGAIN, -EIO for what is no TLS. Only after
 * -EAGAIN does poll() know of all there is to read.
 */
ssize_t tls_read(Tls *tls, void *buf, size_t size);
ssize_t tls_write(Tls *tls, const void *buf, size_t size);

/* Tells the other side that nothing more comes. 0 or -EAGAIN. */
int tls_end(Tls *tls);
