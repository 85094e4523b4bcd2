/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "mem.h"
#include "uevent.h"

static int uevent_fd = -EBADF;

int uevent_open(void) {
        struct sockaddr_nl self = { .nl_family = AF_NETLINK };
        int size = 16 * 1024 * 1024;

        uevent_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
        if (uevent_fd < 0)
                return -errno;

        /* A vport with a thousand LUNs is one burst. */
        (void) setsockopt(uevent_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);

        if (bind(uevent_fd, (const struct sockaddr *) &self, sizeof self) < 0)
                return -errno;

        return 0;
}

void uevent_send(const char *action, const char *path, const char *subsystem, const char *env,
                 const char *synth) {
        _cleanup_free_ char *text = NULL;
        struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
        struct nlmsghdr header = {
                .nlmsg_type = NLMSG_MIN_TYPE,
                .nlmsg_flags = NLM_F_REQUEST,
        };
        struct iovec parts[2];
        struct msghdr message = {
                .msg_name = &kernel,
                .msg_namelen = sizeof kernel,
                .msg_iov = parts,
                .msg_iovlen = 2,
        };
        size_t len;

        text = mem_printf("%s@%s\nACTION=%s\nDEVPATH=%s\nSUBSYSTEM=%s\n%s%s", action, path, action,
                          path, subsystem, synth ?: "", env);
        len = strlen(text);
        for (char *p = text; (p = strchr(p, '\n'));)
                *p++ = '\0';

        header.nlmsg_len = (uint32_t) (NLMSG_HDRLEN + len);
        parts[0] = (struct iovec){ .iov_base = &header, .iov_len = NLMSG_HDRLEN };
        parts[1] = (struct iovec){ .iov_base = text, .iov_len = len };

        /* Refused means that nobody listens, which is none of the kernel's concern. */
        if (sendmsg(uevent_fd, &message, 0) < 0 && errno != ECONNREFUSED)
                fprintf(stderr, "fc-sysfs: Cannot send %s@%s: %m\n", action, path);
}
