/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Frames over a channel that does not block.
 */

#include "mirrord/relay/channel.h"
#include "mirrord/verify/wire.h"

/* More is never under way: as many reads as there may be, and an error. */
#define LINK_OUT_SIZE ((READS_MAX + 2) * WIRE_FRAME_MAX)
#define LINK_IN_SIZE (16 * 1024)

typedef struct Link {
        Channel channel;
        size_t n_in, out_begin, out_end;
        uint8_t in[LINK_IN_SIZE], out[LINK_OUT_SIZE];
} Link;

void link_close(Link *link);

/* -ENOBUFS: the other side does not read. */
int link_send(Link *link, const WireFrame *frame);

/* Writes what can be written; the rest waits for link_events(). */
int link_flush(Link *link);

/* > 0: a frame. 0: none yet. -ECONNRESET: the other side has gone; else as wire_parse(). */
int link_receive(Link *link, WireFrame *ret);

short link_events(const Link *link);
