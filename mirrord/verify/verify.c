/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/verify.h"

#include "common/clock.h"
#include "mirrord/relay/peer.h"
#include "mirrord/relay/tls.h"
#include "mirrord/verify/session.h"
#include "mirrord/verify/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const char *const state_texts[_VERIFY_STATE_MAX] = {
        [VERIFY_CONNECTING] = "connecting",
        [VERIFY_LISTENING] = "listening",
        [VERIFY_HANDSHAKING] = "handshaking",
        [VERIFY_RUNNING] = "running",
        [VERIFY_SETTLING] = "settling",
        [VERIFY_SAME] = "same",
        [VERIFY_DIFFERENT] = "different",
        [VERIFY_UNSETTLED] = "unsettled",
        [VERIFY_ENDED] = "ended",
        [VERIFY_FAILED] = "failed",
};

const char *verify_state_text(VerifyState state) {
        return state_texts[state];
}

static uint64_t now_usec(void) {
        return clock_now_usec(CLOCK_MONOTONIC);
}

/* msec 0: as long as it takes. */
static void set_state(Verify *verify, VerifyState state, uint32_t msec) {
        verify->state = state;
        verify->deadline_usec = msec > 0 ? now_usec() + msec * 1000ULL : 0;
        verify->on_state(verify->userdata, verify);
}

static int fail(Verify *verify, int error, const char *format, ...) _printf_(3, 4);
static int fail(Verify *verify, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(verify->words, sizeof verify->words, format, ap);
        va_end(ap);
        set_state(verify, VERIFY_FAILED, 0);
        return error;
}

static bool is_source(const Verify *verify) {
        return verify->settings->link.side == RELAY_SOURCE;
}

static bool is_under_way(const Verify *verify) {
        return verify->state == VERIFY_RUNNING || verify->state == VERIFY_SETTLING;
}

/* ---- the control socket */

static void tell_status(const Verify *verify, char answer[static CONTROL_PACKET_MAX]) {
        const Compare *compare = &verify->compare;
        bool source = is_source(verify);

        (void) snprintf(answer, CONTROL_PACKET_MAX,
                        "status %s %" PRIu16 " %" PRIu64 " %" PRIu64 " %zu %zu %zu",
                        verify_state_text(verify->state), verify->port,
                        source ? compare->done : verify->serve.n_bytes,
                        source ? compare->total : verify->serve.size, compare->different.n,
                        compare_count_unsettled(compare), compare->untold.n);
}

static void set_limit(Verify *verify, uint64_t limit, char answer[static CONTROL_PACKET_MAX]) {
        if (limit > 0 && limit < VERIFY_LIMIT_MIN)
                (void) snprintf(answer, CONTROL_PACKET_MAX, "error A limit is 0 or at least %d.",
                                VERIFY_LIMIT_MIN);
        else
                verify->settings->link.limit = limit;
}

static void on_request(void *userdata, const char *request,
                       char answer[static CONTROL_PACKET_MAX]) {
        Verify *verify = userdata;
        uint64_t limit;
        char rest;

        (void) strcpy(answer, "ok");
        if (strcmp(request, "status") == 0)
                tell_status(verify, answer);
        else if (strcmp(request, "words") == 0)
                (void) snprintf(answer, CONTROL_PACKET_MAX, "words %.248s", verify->words);
        else if (strcmp(request, "end") == 0)
                verify->is_told_to_end = true;
        else if (strcmp(request, "synced") == 0) {
                if (is_source(verify) && is_under_way(verify))
                        compare_tell_synced(&verify->compare, now_usec());
        } else if (sscanf(request, "limit %19" SCNu64 "%c", &limit, &rest) == 1)
                set_limit(verify, limit, answer);
        else
                (void) strcpy(answer, "error There is status, words, synced, limit N and end.");
}

/* ---- from state to state */

/* The source is for one comparison. On the target the next one may come. */
static int lose(Verify *verify, int error) {
        session_end(verify);
        if (is_source(verify)) {
                set_state(verify, VERIFY_FAILED, 0);
                return error;
        }

        set_state(verify, VERIFY_LISTENING, 0);
        verify->words[0] = '\0';
        return 0;
}

static int join(Verify *verify) {
        int r;

        verify->words[0] = '\0';
        verify->link.channel.tls = verify->tls;
        r = session_begin(verify);

        return r < 0 ? lose(verify, r) : 0;
}

static int shake_hands(Verify *verify) {
        int r;

        r = tls_handshake(verify->tls, verify->words);
        if (r == -EAGAIN)
                return 0;

        return r < 0 ? lose(verify, r) : join(verify);
}

static int begin_session(Verify *verify) {
        int r;

        r = peer_tune(verify->link.channel.fd);
        if (r >= 0)
                r = peer_set_timeout(verify->link.channel.fd);
        if (r >= 0 && verify->tls)
                r = tls_begin(verify->tls, verify->link.channel.fd);
        if (r < 0)
                return fail(verify, r, "the connection cannot be set up: %s", strerror(-r));

        verify->turn_usec = now_usec() + peer_turn_msec(verify->link.channel.fd) * 1000ULL;
        set_state(verify, VERIFY_HANDSHAKING, VERIFY_HANDSHAKE_MSEC);
        return verify->tls ? shake_hands(verify) : join(verify);
}

static int take_peer(Verify *verify) {
        int fd = accept4(verify->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
                return 0;
        if (verify->state == VERIFY_HANDSHAKING) {
                (void) strcpy(verify->words, PEER_GAVE_WAY);
                (void) lose(verify, -ETIMEDOUT);
        }
        verify->link.channel.fd = fd;
        return begin_session(verify);
}

/* It has not proven anything; without TLS there is only its hello to tell by. */
static bool is_strange(const Verify *verify) {
        return verify->state == VERIFY_HANDSHAKING &&
               (!verify->is_joined || (!verify->tls && !verify->has_hello));
}

/* Whoever could keep its turn for as long as it likes would keep the right one out. */
static bool is_giving_way(const Verify *verify) {
        return is_strange(verify) && verify->listen_fd >= 0 && now_usec() >= verify->turn_usec;
}

static int finish_connecting(Verify *verify) {
        int r;

        r = peer_check(verify->link.channel.fd);
        if (r < 0)
                return fail(verify, r, "the other side cannot be reached: %s", strerror(-r));

        return begin_session(verify);
}

/* It stays to be asked, and holds nothing else. */
static int conclude(Verify *verify, VerifyState state) {
        session_end(verify);
        set_state(verify, state, 0);
        return 0;
}

static int greet(Verify *verify, short export_revents) {
        uint64_t here, there;
        int r;

        r = session_greet(verify, export_revents);
        if (r < 0)
                return lose(verify, r);
        if (r == 0)
                return 0;
        here = export_size(verify->export);
        there = verify->hello.size;
        if (is_source(verify) && here != there) {
                (void) snprintf(verify->words, sizeof verify->words,
                                "the source has %" PRIu64 " bytes, the target %" PRIu64, here,
                                there);
                return conclude(verify, VERIFY_DIFFERENT);
        }

        set_state(verify, VERIFY_RUNNING, 0);
        return 0;
}

static int go_on(Verify *verify, short export_revents) {
        const Compare *compare = &verify->compare;
        int r;

        r = session_run(verify, export_revents, now_usec());
        if (r == -ECONNRESET && !is_source(verify))
                verify->words[0] = '\0';
        if (r < 0)
                return lose(verify, r);
        if (r > 0) {
                verdict_describe(&verify->compare, verify->words);
                return conclude(verify, compare->different.n > 0               ? VERIFY_DIFFERENT
                                        : compare_count_unsettled(compare) > 0 ? VERIFY_UNSETTLED
                                                                               : VERIFY_SAME);
        }
        if (is_source(verify) && verify->state == VERIFY_RUNNING && compare->done == compare->total)
                set_state(verify, VERIFY_SETTLING, 0);

        return 0;
}

static int pass_deadline(Verify *verify) {
        if (verify->state == VERIFY_CONNECTING)
                return fail(verify, -ETIMEDOUT, "the other side does not answer");
        (void) snprintf(verify->words, sizeof verify->words, "%s",
                        !verify->is_joined                 ? "it does not shake hands"
                        : !export_is_ready(verify->export) ? "QEMU's export does not answer"
                                                           : "it does not say hello");

        return lose(verify, -ETIMEDOUT);
}

/* ---- the loop */

typedef enum Slot {
        SLOT_CONTROL, /* and those behind */
        SLOT_LISTEN = CONTROL_POLL_MAX,
        SLOT_PEER,
        SLOT_EXPORT,
        _SLOT_MAX,
} Slot;

/* Who comes while another one shakes hands waits for the end of its turn. */
static bool is_accepting(const Verify *verify) {
        return verify->state == VERIFY_LISTENING || is_giving_way(verify);
}

static void prepare(const Verify *verify, struct pollfd polls[static _SLOT_MAX]) {
        short peer = 0;

        (void) control_prepare(&verify->control, polls);
        if (verify->state == VERIFY_CONNECTING)
                peer = POLLOUT;
        else if (verify->state == VERIFY_HANDSHAKING && !verify->is_joined)
                peer = tls_events(verify->tls);
        else if (verify->is_joined)
                peer = link_events(&verify->link);
        polls[SLOT_LISTEN] = (struct pollfd){
                .fd = is_accepting(verify) ? verify->listen_fd : -1,
                .events = POLLIN,
        };
        polls[SLOT_PEER] =
                (struct pollfd){ .fd = peer ? verify->link.channel.fd : -1, .events = peer };
        polls[SLOT_EXPORT] =
                verify->export ? export_poll(verify->export) : (struct pollfd){ .fd = -1 };
}

/* -1: as long as it takes. */
static int64_t time_left(Verify *verify) {
        uint64_t now = now_usec(), wait = UINT64_MAX;
        const uint64_t times[] = {
                verify->deadline_usec,
                is_strange(verify) && verify->turn_usec > now ? verify->turn_usec : 0,
        };

        if (is_under_way(verify))
                wait = session_wait(verify, now);
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
                uint64_t left = times[i] > now ? times[i] - now : 0;

                if (times[i] > 0 && left < wait)
                        wait = left;
        }

        return wait == UINT64_MAX ? -1 : (int64_t) wait;
}

static int go_on_shaking_hands(Verify *verify, const struct pollfd polls[static _SLOT_MAX]) {
        int r = 0;

        if (verify->is_joined)
                r = greet(verify, polls[SLOT_EXPORT].revents);
        else if (polls[SLOT_PEER].revents)
                r = shake_hands(verify);

        return r >= 0 && is_giving_way(verify) ? take_peer(verify) : r;
}

static int step(Verify *verify, const struct pollfd polls[static _SLOT_MAX]) {
        short peer = polls[SLOT_PEER].revents;

        switch (verify->state) {
        case VERIFY_CONNECTING:
                return peer ? finish_connecting(verify) : 0;
        case VERIFY_LISTENING:
                return polls[SLOT_LISTEN].revents ? take_peer(verify) : 0;
        case VERIFY_HANDSHAKING:
                return go_on_shaking_hands(verify, polls);
        case VERIFY_RUNNING:
        case VERIFY_SETTLING:
                return go_on(verify, polls[SLOT_EXPORT].revents);
        default:
                return 0;
        }
}

static int turn(Verify *verify) {
        struct pollfd polls[_SLOT_MAX];
        int64_t left = time_left(verify);
        struct timespec time = { left / 1000000, left % 1000000 * 1000 };
        sigset_t none;

        prepare(verify, polls);
        (void) sigemptyset(&none);
        if (ppoll(polls, _SLOT_MAX, left < 0 ? NULL : &time, &none) < 0)
                return errno == EINTR ? 0 : fail(verify, -errno, "poll: %s", strerror(errno));

        control_run(&verify->control, polls);
        if (verify->is_told_to_end)
                return 0;
        if (verify->deadline_usec > 0 && now_usec() >= verify->deadline_usec)
                return pass_deadline(verify);

        return step(verify, polls);
}

int verify_run(Verify *verify) {
        int r = 0;

        while (r >= 0 && !verify->is_told_to_end && !*verify->has_signal)
                r = turn(verify);
        if (r >= 0)
                set_state(verify, VERIFY_ENDED, 0);

        return r;
}

static int begin(Verify *verify) {
        const Settings *settings = &verify->settings->link;
        int r;

        if (settings->side == RELAY_SOURCE) {
                r = peer_connect(settings, &verify->link.channel.fd);
                if (r < 0 && r != -EINPROGRESS)
                        return fail(verify, r, "the other side cannot be reached: %s",
                                    strerror(-r));
                verify->port = settings->first_port;
                set_state(verify, VERIFY_CONNECTING, VERIFY_CONNECT_MSEC);
                return 0;
        }

        r = verify->listen_fd = peer_listen(settings, &verify->port);
        if (r == -EADDRINUSE)
                return fail(verify, r, "no port from %u to %u is free", settings->first_port,
                            settings->last_port);
        if (r < 0)
                return fail(verify, r, "cannot listen: %s", strerror(-r));
        set_state(verify, VERIFY_LISTENING, 0);
        return 0;
}

int verify_open(Verify *verify, const char *control) {
        int r;

        verify->listen_fd = verify->link.channel.fd = -EBADF;
        verify->control.on_request = on_request;
        verify->control.userdata = verify;
        r = control_open(&verify->control, control);
        if (r < 0)
                return fail(verify, r, "%.150s: %s", control, strerror(-r));
        if (verify->settings->link.tls != RELAY_PLAIN) {
                r = tls_new(&verify->settings->link, &verify->tls, verify->words);
                if (r < 0) {
                        set_state(verify, VERIFY_FAILED, 0);
                        return r;
                }
        }

        return begin(verify);
}

void verify_done(Verify *verify) {
        session_end(verify);
        compare_done(&verify->compare);
        verify->tls = tls_free(verify->tls);
        closep(&verify->listen_fd);
        control_close(&verify->control);
}
