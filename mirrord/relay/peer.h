/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sockets of a relay: how each end is made or found, and how the one to the other host is set
 * up so that bytes go at once and a dead peer is noticed.
 */

#include "mirrord/relay/settings.h"

/* TCP itself has not answered for so long, whatever was sent: the end. */
#define PEER_DEAD_MSEC 20000

/* Enough for a handshake across an ocean. */
#define PEER_TURN_MSEC 1000

/* Said of who has had its turn. */
#define PEER_GAVE_WAY "it has not shaken hands while the next one waited"

/* Made at its path, in place of what a killed relay left there; for its owner, and one client. */
int peer_listen_unix(const struct sockaddr_un *address, uid_t owner);
int peer_connect_unix(const struct sockaddr_un *address);

/* Whoever may make a socket may as well make a link to another one: -EPERM when another user
 * listens. */
int peer_check_user(int fd, uid_t owner);

/*
 * On the first port of the range that is free. -EADDRINUSE: none is. -EADDRNOTAVAIL: the address is
 * not one of this host.
 */
int peer_listen(const Settings *settings, uint16_t *ret_port);

/* Begins: -EINPROGRESS is told later, by peer_check() when the socket is writable. */
int peer_connect(const Settings *settings, int *ret_fd);
int peer_check(int fd);

/* Of a connection to the other host. An idle one breaks after PEER_DEAD_MSEC of silence. */
int peer_tune(int fd);

/* What is not taken for PEER_DEAD_MSEC breaks it too: for whoever need not tell a host that hangs
 * from one that is gone. */
int peer_set_timeout(int fd);

/* Since when a connection has waited for any sign of life of the other host's kernel. */
typedef struct PeerSilence {
        uint64_t look_usec;  /* the next look */
        uint64_t since_usec; /* 0: it waits for none */
} PeerSilence;

/*
 * After each turn; looks once in a while. -ETIMEDOUT: nothing for PEER_DEAD_MSEC. A host that takes
 * nothing for as long as that is not silent: it says so each time it is asked.
 */
int peer_look(PeerSilence *silence, int fd, uint64_t now_usec);

/*
 * For how many milliseconds from now one who has just been let in has its turn to prove who it is:
 * PEER_TURN_MSEC, of which it has used up the time that it waited without a word. After its turn it
 * goes on, but gives way to the next one.
 */
uint32_t peer_turn_msec(int fd);

/* There and back, as TCP has measured it; 0: not known. */
uint32_t peer_rtt_usec(int fd);
