/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One end of a relay: a stream socket that does not block, with TLS on it or not.
 */

#include "mirrord/relay/tls.h"

typedef struct Channel {
        int fd;
        Tls *tls; /* borrowed; NULL: none */
} Channel;

void channel_close(Channel *channel);

/* 0: the other side's end. -EAGAIN: nothing now, and poll() tells when there is. */
ssize_t channel_read(Channel *channel, void *buf, size_t size);
ssize_t channel_write(Channel *channel, const void *buf, size_t size);

/* Nothing more is written. 0 or -EAGAIN. */
int channel_end(Channel *channel);
