/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * uevent-flood COUNT DEVPATH SUBSYSTEM DEVTYPE: sends that many "change" events to everybody who
 * listens to udev, as udevd does, and faster than udevd could. For tests of what happens to a
 * listener that does not keep up. Root, in the network namespace of the listener.
 */

#include "common/cleanup.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <linux/netlink.h>
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

int main(int argc, char *argv[]) {
        struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = UDEV_GROUP };
        _cleanup_close_ int fd = -EBADF;
        char properties[4096];

        if (argc != 5)
                errx(2, "Usage: uevent-flood COUNT DEVPATH SUBSYSTEM DEVTYPE");

        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
        if (fd < 0)
                err(1, "socket");

        for (unsigned long i = 0; i < strtoul(argv[1], NULL, 10); i++) {
                int size = snprintf(properties, sizeof properties,
                                    "ACTION=change%cDEVPATH=%s%cSUBSYSTEM=%s%cDEVTYPE=%s%c"
                                    "SEQNUM=%lu",
                                    0, argv[2], 0, argv[3], 0, argv[4], 0, i + 1);
                Header header = {
                        .prefix = "libudev",
                        .magic = htonl(UDEV_MAGIC),
                        .header_size = sizeof header,
                        .properties_offset = sizeof header,
                        .properties_size = (uint32_t) size + 1,
                        .subsystem_hash = htonl(murmur_hash(argv[3])),
                        .devtype_hash = htonl(murmur_hash(argv[4])),
                };
                struct iovec parts[] = {
                        { &header, sizeof header },
                        { properties, (size_t) size + 1 },
                };
                struct msghdr message = {
                        .msg_name = &to,
                        .msg_namelen = sizeof to,
                        .msg_iov = parts,
                        .msg_iovlen = ARRAY_LEN(parts),
                };

                /* A listener whose buffer is full is what this is for. */
                if (sendmsg(fd, &message, 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS)
                        err(1, "sendmsg");
        }

        return 0;
}
