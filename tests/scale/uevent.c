/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/scale/uevent.h"

#include "common/cleanup.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define UDEV_GROUP 2
#define UDEV_MAGIC 0xfeedcafe

/* libudev's; the filter of a listener looks at the hashes. */
typedef struct Header {
        char prefix[8];
        uint32_t magic;
        uint32_t header_size;
        uint32_t properties_offset;
        uint32_t properties_size;
        uint32_t subsystem_hash;
        uint32_t devtype_hash;
        uint32_t tags[2];
} Header;

/* MurmurHash2 with a seed of 0, as libsystemd has it. */
static uint32_t murmur_hash(const char *s) {
        const uint32_t m = 0x5bd1e995;
        size_t size = strlen(s);
        uint32_t h = (uint32_t) size;

        for (; size >= 4; size -= 4, s += 4) {
                uint32_t k;

                memcpy(&k, s, 4);
                k *= m;
                k ^= k >> 24;
                h = h * m ^ k * m;
        }
        for (size_t i = size; i > 0; i--)
                h ^= (uint32_t) (unsigned char) s[i - 1] << 8 * (i - 1);
        if (size > 0)
                h *= m;

        h ^= h >> 13;
        h *= m;
        return h ^ h >> 15;
}

int uevent_open(void) {
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

        if (fd < 0)
                err(1, "socket");
        return fd;
}

/* "KEY=value", each with its NUL. */
static size_t format(const Uevent *event, char *buf, size_t size) {
        int n = snprintf(buf, size,
                         "ACTION=%s%cDEVPATH=%s%cSUBSYSTEM=%s%cDEVTYPE=%s%cSEQNUM=%" PRIu64,
                         event->action, 0, event->devpath, 0, event->subsystem, 0, event->devtype,
                         0, event->seqnum);
        size_t length = (size_t) n + 1;

        if (!event->devname)
                return length;

        n = snprintf(buf + length, size - length,
                     "DEVNAME=/dev/%s%cMAJOR=%" PRIu32 "%cMINOR=%" PRIu32, event->devname, 0,
                     event->major, 0, event->minor);
        return length + (size_t) n + 1;
}

void uevent_send(int fd, const Uevent *event) {
        struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = UDEV_GROUP };
        char properties[4096];
        size_t size = format(event, properties, sizeof properties);
        Header header = {
                .prefix = "libudev",
                .magic = htonl(UDEV_MAGIC),
                .header_size = sizeof header,
                .properties_offset = sizeof header,
                .properties_size = (uint32_t) size,
                .subsystem_hash = htonl(murmur_hash(event->subsystem)),
                .devtype_hash = htonl(murmur_hash(event->devtype)),
        };
        struct iovec parts[] = { { &header, sizeof header }, { properties, size } };
        struct msghdr message = {
                .msg_name = &to,
                .msg_namelen = sizeof to,
                .msg_iov = parts,
                .msg_iovlen = ARRAY_LEN(parts),
        };

        if (sendmsg(fd, &message, 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS)
                err(1, "sendmsg");
}
