/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A link: where Ethernet frames come in and go out. Either a stream socket with the framing of
 * QEMU's "-netdev stream" (four bytes of length, big endian, then the frame), or a network
 * interface of this machine through AF_PACKET. Ends below the frames: it does not look into them.
 */

#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_NAME_SIZE 64

typedef enum LinkKind {
        LINK_STREAM,
        LINK_INTERFACE,
} LinkKind;

typedef struct LinkStats {
        uint64_t received;
        uint64_t sent;
        uint64_t dropped; /* could not be sent: receiver too slow, link down */
} LinkStats;

typedef struct Link {
        int fd;
        LinkKind kind;
        unsigned number;
        char name[LINK_NAME_SIZE];
        bool is_down;
        uint8_t mac[6]; /* the last ENode that spoke FIP here, for people and link_find() */
        unsigned vports_max;
        LinkStats stats;
        uint8_t *in;
        size_t in_size;
        uint8_t *out;
        size_t out_size;
        size_t out_capacity;
} Link;

typedef void (*LinkFrameFn)(Link *link, uint8_t *frame, size_t size, void *userdata);

/* Takes fd, which becomes non-blocking. A negative fd makes a link that swallows what is sent. */
int link_new(int fd, LinkKind kind, const char *name, Link **ret);
/* Opens an interface promiscuously. -ENODEV: no such interface; -EPERM: needs CAP_NET_RAW. */
int link_new_interface(const char *ifname, Link **ret);
Link *link_free(Link *link);

/* Never blocks: what the other side does not take is queued up to a limit, then dropped. */
void link_send(Link *link, const uint8_t *frame, size_t size);
/* Sends what is queued. */
void link_flush(Link *link);
/* Hands each complete frame to fn. Negative: the link is of no more use (-EPIPE: closed). */
int link_receive(Link *link, LinkFrameFn fn, void *userdata);

/*
 * Down: nothing goes in or out. An interface also loses its carrier, as the other end of a veth
 * pair sees; on a stream the host notices by silence only.
 */
int link_set_down(Link *link, bool down);

static inline bool link_has_output(const Link *link) {
        return link->out_size > 0;
}
