/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Unix sockets by path. What is said through them is the caller's business.
 */

/*
 * Connects, without blocking then or later: who listens takes the connection at once, or says that
 * he has too many (-EAGAIN). type: SOCK_STREAM, SOCK_SEQPACKET. -ENOENT, -ECONNREFUSED: nobody
 * listens; -ENAMETOOLONG.
 */
int socket_connect(const char *path, int type);
