/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One relay: between QEMU's NBD socket on this host and the relay on the other one, for one client,
 * once. On the source it is connected first and QEMU is let in when the other side is there; on the
 * target it waits for the other side, and then goes to QEMU's export.
 */

#include "mirrord/relay/control.h"
#include "mirrord/relay/peer.h"
#include "mirrord/relay/stall.h"

#include <signal.h>

/* To connect, to shake hands, and for the other direction to end as well. */
#define RELAY_CONNECT_MSEC 10000
#define RELAY_HANDSHAKE_MSEC 10000
#define RELAY_LINGER_MSEC 5000

typedef enum RelayState {
        RELAY_CONNECTING,  /* to the other side */
        RELAY_LISTENING,   /* for the other side */
        RELAY_HANDSHAKING, /* TLS */
        RELAY_WAITING,     /* for QEMU; source only */
        RELAY_RUNNING,
        RELAY_ENDED,  /* as NBD ends, or when told to */
        RELAY_FAILED, /* words say why */
        _RELAY_STATE_MAX,
} RelayState;

const char *relay_state_text(RelayState state);

typedef struct Relay {
        Settings *settings; /* borrowed */
        /* The state is another one. */
        void (*on_state)(void *userdata, const struct Relay *relay);
        void *userdata;
        const volatile sig_atomic_t *has_signal; /* set by who handles them: the end */

        RelayState state;
        uint16_t port;
        char words[RELAY_WORDS_MAX];
        uint64_t deadline_usec; /* CLOCK_MONOTONIC; 0: none */
        uint64_t turn_usec;     /* until then who shakes hands gives way to nobody */
        Tls *tls;
        int listen_fd;
        Channel peer, qemu;
        Pump to_target, from_target;
        Stall stall;
        PeerSilence silence;
        Control control;
        bool is_told_to_end;
        uint64_t n_sent_before; /* to the target, when the last that came back was read */
        bool is_hung_up;        /* the target's side was the first to end; words say so */
} Relay;

/* control: the path of its control socket. On failure words say why. */
int relay_open(Relay *relay, const char *control);

/* Until it has ended: 0, or failed: a negative errno. Signals that are blocked are let in while it
 * waits. */
int relay_run(Relay *relay);
void relay_done(Relay *relay);
