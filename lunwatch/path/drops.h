/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Uevents that the kernel could not deliver: nothing tells the receiver but a column in
 * /proc/net/netlink.
 */

#include <stdint.h>

/* One line of it; -EINVAL for the heading and for what is none. */
int drops_parse_line(const char *line, uint64_t *ret_inode, uint64_t *ret_drops);

/* How many messages this netlink socket has lost since it was made. */
int drops_read(int socket_fd, uint64_t *ret);
