/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link.h"

#include "common/cleanup.h"
#include "fc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define IN_CAPACITY (256u * 1024)
#define OUT_MAX (32u * 1024 * 1024)
#define STREAM_HEADER_SIZE 4

/*
 * A burst of a whole SCSI write must fit while the switch is off the CPU: with the kernel's
 * default buffer, frames are lost on a busy machine and disks report I/O errors.
 */
#define INTERFACE_BUFFER_BYTES (128 * 1024 * 1024)
/* Frames read from one interface before the others have their turn. */
#define INTERFACE_BURST 256

DEFINE_CLEANUP(Link *, link_free);

int link_new(int fd, LinkKind kind, const char *name, Link **ret) {
        _cleanup_(link_freep) Link *link = NULL;
        int flags;

        link = calloc(1, sizeof *link);
        if (!link)
                return -ENOMEM;
        link->fd = -1;
        link->kind = kind;
        (void) snprintf(link->name, sizeof link->name, "%s", name);
        link->in = malloc(IN_CAPACITY);
        if (!link->in)
                return -ENOMEM;

        if (fd >= 0) {
                flags = fcntl(fd, F_GETFL);
                if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                        return -errno;
        }
        link->fd = fd;

        *ret = TAKE_PTR(link);
        return 0;
}

int link_new_interface(const char *ifname, Link **ret) {
        _cleanup_close_ int fd = -1;
        struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
        struct packet_mreq promiscuous = { .mr_type = PACKET_MR_PROMISC };
        int buffer_bytes = INTERFACE_BUFFER_BYTES;
        int r;

        address.sll_ifindex = (int) if_nametoindex(ifname);
        if (address.sll_ifindex == 0)
                return -ENODEV;
        promiscuous.mr_ifindex = address.sll_ifindex;

        fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
        if (fd < 0)
                return -errno;
        if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) < 0)
                return -errno;
        /* Without CAP_NET_ADMIN the buffers stay small, which only costs frames under load. */
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes);
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer_bytes, sizeof buffer_bytes);

        r = link_new(fd, LINK_INTERFACE, ifname, ret);
        if (r < 0)
                return r;
        (void) TAKE_FD(fd);
        return 0;
}

static int link_set_carrier(const Link *link, bool up) {
        struct ifreq request = { 0 };

        (void) snprintf(request.ifr_name, sizeof request.ifr_name, "%.*s", IFNAMSIZ - 1,
                        link->name);
        if (ioctl(link->fd, SIOCGIFFLAGS, &request) < 0)
                return -errno;
        if (up)
                request.ifr_flags |= IFF_UP;
        else
                request.ifr_flags &= ~IFF_UP;
        if (ioctl(link->fd, SIOCSIFFLAGS, &request) < 0)
                return -errno;
        return 0;
}

Link *link_free(Link *link) {
        if (!link)
                return NULL;
        /* The interface is not ours: it stays as it was found. */
        if (link->is_down && link->kind == LINK_INTERFACE)
                (void) link_set_carrier(link, true);
        if (link->fd >= 0)
                (void) close(link->fd);
        free(link->in);
        free(link->out);
        free(link);
        return NULL;
}

void link_flush(Link *link) {
        size_t done = 0;

        while (done < link->out_size) {
                ssize_t n = send(link->fd, link->out + done, link->out_size - done, MSG_NOSIGNAL);

                if (n <= 0)
                        break;
                done += (size_t) n;
        }
        memmove(link->out, link->out + done, link->out_size - done);
        link->out_size -= done;
}

static bool link_reserve(Link *link, size_t size) {
        size_t needed = link->out_size + size;
        uint8_t *out;

        if (needed > OUT_MAX)
                return false;
        if (needed <= link->out_capacity)
                return true;
        out = realloc(link->out, needed * 2);
        if (!out)
                return false;
        link->out = out;
        link->out_capacity = needed * 2;
        return true;
}

static bool link_send_stream(Link *link, const uint8_t *frame, size_t size) {
        if (!link_reserve(link, STREAM_HEADER_SIZE + size))
                return false;
        put32(link->out + link->out_size, (uint32_t) size);
        memcpy(link->out + link->out_size + STREAM_HEADER_SIZE, frame, size);
        link->out_size += STREAM_HEADER_SIZE + size;
        link_flush(link);
        return true;
}

void link_send(Link *link, const uint8_t *frame, size_t size) {
        uint8_t padded[ETHER_FRAME_MIN] = { 0 };
        bool sent;

        if (link->is_down) {
                link->stats.dropped++;
                return;
        }
        if (size < sizeof padded) {
                memcpy(padded, frame, size);
                frame = padded;
                size = sizeof padded;
        }

        if (link->fd < 0)
                sent = true;
        else if (link->kind == LINK_INTERFACE)
                sent = send(link->fd, frame, size, MSG_DONTWAIT) >= 0;
        else
                sent = link_send_stream(link, frame, size);
        link->stats.sent += sent;
        link->stats.dropped += !sent;
}

static void link_deliver(Link *link, uint8_t *frame, size_t size, LinkFrameFn fn, void *userdata) {
        link->stats.received++;
        if (!link->is_down)
                fn(link, frame, size, userdata);
}

static int link_receive_interface(Link *link, LinkFrameFn fn, void *userdata) {
        for (unsigned i = 0; i < INTERFACE_BURST; i++) {
                struct sockaddr_ll from;
                socklen_t from_size = sizeof from;
                ssize_t n = recvfrom(link->fd, link->in, ETHER_FRAME_MAX, MSG_DONTWAIT,
                                     (struct sockaddr *) &from, &from_size);

                if (n < 0) {
                        /* ENETDOWN: set down by somebody; it may come up again. */
                        if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN)
                                return 0;
                        return -errno;
                }
                if (from.sll_pkttype != PACKET_OUTGOING)
                        link_deliver(link, link->in, (size_t) n, fn, userdata);
        }
        return 0;
}

int link_receive(Link *link, LinkFrameFn fn, void *userdata) {
        size_t done = 0;
        ssize_t n;

        if (link->kind == LINK_INTERFACE)
                return link_receive_interface(link, fn, userdata);

        n = recv(link->fd, link->in + link->in_size, IN_CAPACITY - link->in_size, MSG_DONTWAIT);
        if (n == 0)
                return -EPIPE;
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        link->in_size += (size_t) n;

        while (link->in_size - done >= STREAM_HEADER_SIZE) {
                uint32_t size = get32(link->in + done);

                if (size > ETHER_FRAME_MAX)
                        return -EMSGSIZE;
                if (link->in_size - done < STREAM_HEADER_SIZE + size)
                        break;
                link_deliver(link, link->in + done + STREAM_HEADER_SIZE, size, fn, userdata);
                done += STREAM_HEADER_SIZE + size;
        }
        memmove(link->in, link->in + done, link->in_size - done);
        link->in_size -= done;
        return 0;
}

int link_set_down(Link *link, bool down) {
        int r;

        if (link->is_down == down)
                return 0;
        if (link->kind == LINK_INTERFACE && link->fd >= 0) {
                r = link_set_carrier(link, !down);
                if (r < 0)
                        return r;
        }
        link->is_down = down;
        return 1;
}
