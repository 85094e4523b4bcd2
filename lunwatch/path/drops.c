/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/drops.h"

#include "common/cleanup.h"

#include <inttypes.h>
#include <sys/stat.h>

int drops_parse_line(const char *line, uint64_t *ret_inode, uint64_t *ret_drops) {
        uint64_t inode, drops;

        /* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
        if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64, &drops, &inode) !=
            2)
                return -EINVAL;

        *ret_inode = inode;
        *ret_drops = drops;
        return 0;
}

int drops_read(int socket_fd, uint64_t *ret) {
        _cleanup_(fclosep) FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        struct stat st;

        if (fstat(socket_fd, &st) < 0)
                return -errno;
        /* Not /proc/net: that link is missing where /proc shows processes only. */
        f = fopen("/proc/self/net/netlink", "re");
        if (!f)
                return -errno;

        while (getline(&line, &size, f) >= 0) {
                uint64_t inode, drops;

                if (drops_parse_line(line, &inode, &drops) >= 0 && inode == st.st_ino) {
                        *ret = drops;
                        return 0;
                }
        }

        return -ENOENT;
}
