/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/channel.h"

void channel_close(Channel *channel) {
        closep(&channel->fd);
        channel->fd = -EBADF;
}

static ssize_t result(ssize_t n) {
        if (n >= 0)
                return n;

        return errno == EINTR || errno == EAGAIN ? -EAGAIN : -errno;
}

ssize_t channel_read(Channel *channel, void *buf, size_t size) {
        if (channel->tls)
                return tls_read(channel->tls, buf, size);

        return result(recv(channel->fd, buf, size, MSG_DONTWAIT));
}

ssize_t channel_write(Channel *channel, const void *buf, size_t size) {
        if (channel->tls)
                return tls_write(channel->tls, buf, size);

        return result(send(channel->fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int channel_end(Channel *channel) {
        int r = channel->tls ? tls_end(channel->tls) : 0;

        if (r == 0)
                (void) shutdown(channel->fd, SHUT_WR);
        return r;
}
