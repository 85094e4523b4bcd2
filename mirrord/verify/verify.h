/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One verifier. On the source it connects to the one on the target, compares, and stays with its
 * verdict until it is told to end. On the target it serves whoever proves to be the right one, one
 * at a time, one after the other, until it is told to end.
 */

#include "mirrord/relay/control.h"
#include "mirrord/verify/compare.h"
#include "mirrord/verify/export.h"
#include "mirrord/verify/remote.h"
#include "mirrord/verify/serve.h"
#include "mirrord/verify/settings.h"

#include <signal.h>

#define VERIFY_CONNECT_MSEC 10000
/* TLS, QEMU's export, and who we both are. */
#define VERIFY_HANDSHAKE_MSEC 10000
/* No read has ended. */
#define VERIFY_STALL_MSEC 60000

typedef enum VerifyState {
        VERIFY_CONNECTING,  /* to the other side */
        VERIFY_LISTENING,   /* for the other side */
        VERIFY_HANDSHAKING, /* with it, and with QEMU */
        VERIFY_RUNNING,
        VERIFY_SETTLING, /* all was compared once; suspects are left */
        VERIFY_SAME,
        VERIFY_DIFFERENT,
        VERIFY_UNSETTLED, /* nothing is proven different, and not all of it the same */
        VERIFY_ENDED,     /* told to */
        VERIFY_FAILED,    /* words say why */
        _VERIFY_STATE_MAX,
} VerifyState;

const char *verify_state_text(VerifyState state);

typedef struct Verify {
        VerifySettings *settings; /* borrowed */
        /* The state is another one. */
        void (*on_state)(void *userdata, struct Verify *verify);
        void *userdata;
        const volatile sig_atomic_t *has_signal; /* set by who handles them: the end */

        VerifyState state;
        uint16_t port;
        char words[RELAY_WORDS_MAX];
        uint64_t deadline_usec; /* CLOCK_MONOTONIC; 0: none */
        uint64_t turn_usec;     /* until then who shakes hands gives way to nobody */
        Tls *tls;
        int listen_fd;
        Control control;
        bool is_told_to_end;

        Link link;
        bool is_joined; /* the other side is who it should be */
        bool has_sent_hello, has_hello;
        WireFrame hello; /* the other's */
        Export *export;
        DigestKey key;
        Remote remote;   /* source */
        Compare compare; /* source */
        Serve serve;     /* target */
} Verify;

/* control: the path of its control socket. On failure words say why. */
int verify_open(Verify *verify, const char *control);

/* Until it has ended: 0, or failed: a negative errno. Signals that are blocked are let in while it
 * waits. */
int verify_run(Verify *verify);
void verify_done(Verify *verify);
