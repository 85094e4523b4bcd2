/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/link.h"

#include <poll.h>
#include <string.h>

void link_close(Link *link) {
        channel_close(&link->channel);
        link->channel.tls = NULL;
        link->n_in = link->out_begin = link->out_end = 0;
}

int link_send(Link *link, const WireFrame *frame) {
        uint8_t buf[WIRE_FRAME_MAX];
        size_t size = wire_write(frame, buf);

        if (link->out_begin > 0) {
                memmove(link->out, link->out + link->out_begin, link->out_end - link->out_begin);
                link->out_end -= link->out_begin;
                link->out_begin = 0;
        }
        if (size > sizeof link->out - link->out_end)
                return -ENOBUFS;
        memcpy(link->out + link->out_end, buf, size);
        link->out_end += size;
        return 0;
}

int link_flush(Link *link) {
        while (link->out_begin < link->out_end) {
                ssize_t n = channel_write(&link->channel, link->out + link->out_begin,
                                          link->out_end - link->out_begin);

                if (n == -EAGAIN)
                        return 0;
                if (n < 0)
                        return (int) n;
                link->out_begin += (size_t) n;
        }

        link->out_begin = link->out_end = 0;
        return 0;
}

/* The channel is read until it has nothing: what TLS has decrypted already poll() does not tell of.
 */
int link_receive(Link *link, WireFrame *ret) {
        for (;;) {
                ssize_t n = wire_parse(link->in, link->n_in, ret);

                if (n < 0)
                        return (int) n;
                if (n > 0) {
                        link->n_in -= (size_t) n;
                        memmove(link->in, link->in + n, link->n_in);
                        return 1;
                }
                n = channel_read(&link->channel, link->in + link->n_in,
                                 sizeof link->in - link->n_in);
                if (n == -EAGAIN)
                        return 0;
                if (n <= 0)
                        return n < 0 ? (int) n : -ECONNRESET;
                link->n_in += (size_t) n;
        }
}

short link_events(const Link *link) {
        return (short) (POLLIN | (link->out_begin < link->out_end ? POLLOUT : 0));
}
