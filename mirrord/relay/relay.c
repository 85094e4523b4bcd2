/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/relay.h"

#include "mirrord/relay/warm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

static const char *const state_texts[_RELAY_STATE_MAX] = {
        [RELAY_CONNECTING] = "connecting",   [RELAY_LISTENING] = "listening",
        [RELAY_HANDSHAKING] = "handshaking", [RELAY_WAITING] = "waiting",
        [RELAY_RUNNING] = "running",         [RELAY_ENDED] = "ended",
        [RELAY_FAILED] = "failed",
};

const char *relay_state_text(RelayState state) {
        return state_texts[state];
}

static uint64_t now_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

/* msec 0: as long as it takes. */
static void set_state(Relay *relay, RelayState state, uint32_t msec) {
        relay->state = state;
        relay->deadline_usec = msec > 0 ? now_usec() + msec * 1000ULL : 0;
        relay->on_state(relay->userdata, relay);
}

static int fail(Relay *relay, int error, const char *format, ...) _printf_(3, 4);
static int fail(Relay *relay, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(relay->words, sizeof relay->words, format, ap);
        va_end(ap);
        set_state(relay, RELAY_FAILED, 0);
        return error;
}

/* ---- the control socket */

static void tell_status(const Relay *relay, char answer[static CONTROL_PACKET_MAX]) {
        (void) snprintf(answer, CONTROL_PACKET_MAX,
                        "status %s %" PRIu16 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                        " %" PRIu32 " %" PRIu32,
                        relay_state_text(relay->state), relay->port, relay->to_target.n_bytes,
                        relay->from_target.n_bytes, relay->settings->limit,
                        stall_owed_msec(&relay->stall, now_usec()), relay->stall.limit_msec,
                        peer_rtt_usec(relay->peer.fd));
}

static void on_request(void *userdata, const char *request,
                       char answer[static CONTROL_PACKET_MAX]) {
        Relay *relay = userdata;
        bool is_source = relay->settings->side == RELAY_SOURCE;
        uint64_t limit;
        char rest;

        (void) strcpy(answer, "ok");
        if (strcmp(request, "status") == 0)
                tell_status(relay, answer);
        else if (strcmp(request, "end") == 0)
                relay->is_told_to_end = true;
        else if (sscanf(request, "limit %19" SCNu64 "%c", &limit, &rest) == 1) {
                relay->settings->limit = limit;
                pump_set_limit(&relay->to_target, limit);
        } else if (strncmp(request, "stall ", 6) == 0) {
                if (!is_source || settings_parse_stall(request + 6, &relay->stall.limit_msec) < 0)
                        (void) strcpy(answer, "error On the source: stall 0, or 100 to 600000.");
        } else
                (void) strcpy(answer, "error There is status, limit N, stall N and end.");
}

/* ---- from state to state */

static int begin_pumps(Relay *relay) {
        bool is_source = relay->settings->side == RELAY_SOURCE;
        Channel *near = is_source ? &relay->qemu : &relay->peer;
        Channel *far = is_source ? &relay->peer : &relay->qemu;
        int r;

        r = pump_open(&relay->to_target, near, far, PUMP_SIZE, relay->settings->limit);
        if (r >= 0)
                r = pump_open(&relay->from_target, far, near, PUMP_BACK_SIZE, 0);
        if (r < 0)
                return fail(relay, r, "no memory");

        set_state(relay, RELAY_RUNNING, 0);
        return 0;
}

/* The other side is there, and is who it should be: nobody else is let in. */
static int join(Relay *relay) {
        const Settings *settings = relay->settings;
        int r;

        relay->words[0] = '\0';
        closep(&relay->listen_fd);
        relay->listen_fd = -EBADF;
        relay->peer.tls = relay->tls;
        if (settings->side == RELAY_TARGET) {
                r = relay->qemu.fd = peer_connect_unix(&settings->socket);
                if (r >= 0 && settings->has_owner)
                        r = peer_check_user(relay->qemu.fd, settings->owner);
                if (r < 0)
                        return fail(relay, r, "QEMU's export at %.107s: %s",
                                    settings->socket.sun_path, strerror(-r));
                return begin_pumps(relay);
        }

        r = relay->listen_fd = peer_listen_unix(&settings->socket, settings->owner);
        if (r < 0)
                return fail(relay, r, "cannot listen at %.107s: %s", settings->socket.sun_path,
                            strerror(-r));
        set_state(relay, RELAY_WAITING, 0);
        return 0;
}

/* Of one that is not who it should be nothing is kept: the right one may come yet. */
static int turn_away(Relay *relay, int error) {
        if (relay->settings->side == RELAY_SOURCE) {
                set_state(relay, RELAY_FAILED, 0);
                return error;
        }

        channel_close(&relay->peer);
        set_state(relay, RELAY_LISTENING, 0);
        return 0;
}

static int shake_hands(Relay *relay) {
        int r;

        r = tls_handshake(relay->tls, relay->words);
        if (r == -EAGAIN)
                return 0;

        return r < 0 ? turn_away(relay, r) : join(relay);
}

static int begin_session(Relay *relay) {
        int r;

        r = peer_tune(relay->peer.fd);
        if (r >= 0 && relay->tls)
                r = tls_begin(relay->tls, relay->peer.fd);
        if (r < 0)
                return fail(relay, r, "the connection cannot be set up: %s", strerror(-r));
        if (!relay->tls)
                return join(relay);

        relay->turn_usec = now_usec() + peer_turn_msec(relay->peer.fd) * 1000ULL;
        set_state(relay, RELAY_HANDSHAKING, RELAY_HANDSHAKE_MSEC);
        return shake_hands(relay);
}

static int take_peer(Relay *relay) {
        int fd = accept4(relay->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
                return 0;
        if (relay->state == RELAY_HANDSHAKING) {
                (void) strcpy(relay->words, PEER_GAVE_WAY);
                (void) turn_away(relay, -ETIMEDOUT);
        }
        relay->peer.fd = fd;
        return begin_session(relay);
}

/* Whoever could keep its turn for as long as it likes would keep the right one out. */
static bool is_giving_way(const Relay *relay) {
        return relay->state == RELAY_HANDSHAKING && relay->listen_fd >= 0 &&
               now_usec() >= relay->turn_usec;
}

static int go_on_shaking_hands(Relay *relay) {
        int r;

        r = shake_hands(relay);

        return r >= 0 && is_giving_way(relay) ? take_peer(relay) : r;
}

static int take_qemu(Relay *relay) {
        int fd = accept4(relay->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
                return 0;
        closep(&relay->listen_fd);
        relay->listen_fd = -EBADF;
        (void) unlink(relay->settings->socket.sun_path);
        relay->qemu.fd = fd;
        return begin_pumps(relay);
}

static int finish_connecting(Relay *relay) {
        int r;

        r = peer_check(relay->peer.fd);
        if (r < 0)
                return fail(relay, r, "the other side cannot be reached: %s", strerror(-r));

        return begin_session(relay);
}

static uint64_t count_received(const Relay *relay) {
        return relay->from_target.n_bytes + pump_held(&relay->from_target);
}

/*
 * An NBD client's last word is that it disconnects, and a server may end before the client's own
 * end has come this far; a QEMU that has taken over another one's memory says so, and ends. Neither
 * can be told from a hang-up for sure: it is no failure, and words say what was seen.
 */
static void look_for_hang_up(Relay *relay) {
        bool is_source = relay->settings->side == RELAY_SOURCE;
        bool is_last = relay->to_target.n_bytes == relay->n_sent_before &&
                       pump_held(&relay->to_target) == 0;

        if (relay->is_hung_up || relay->to_target.has_ended || !relay->from_target.has_ended)
                return;
        relay->is_hung_up = true;
        (void) snprintf(relay->words, sizeof relay->words,
                        "%s has ended the connection first, and %s",
                        is_source ? "the other host" : "QEMU",
                        is_last ? "nothing had been sent to it after its last answer"
                                : "the last bytes were sent to it: a disconnect, or what it has "
                                  "not answered");
}

static int run_pumps(Relay *relay, uint64_t now) {
        uint64_t n_received = count_received(relay), n_sent = relay->to_target.n_bytes;
        int r;

        /* In this order: stall_look(). */
        r = pump_run(&relay->from_target, now);
        if (count_received(relay) != n_received)
                relay->n_sent_before = n_sent;
        if (r >= 0)
                r = pump_run(&relay->to_target, now);
        look_for_hang_up(relay);

        return r;
}

static int pump(Relay *relay) {
        uint64_t now = now_usec();
        int r;

        r = run_pumps(relay, now);
        if (r < 0 && (relay->to_target.has_ended || relay->from_target.has_ended))
                relay->is_told_to_end = true;
        else if (r < 0)
                return fail(relay, r, "the connection broke: %s", strerror(-r));

        stall_look(&relay->stall, &relay->to_target, &relay->from_target, now);
        if (stall_deadline_usec(&relay->stall) > 0 && stall_deadline_usec(&relay->stall) <= now)
                return fail(relay, -ETIMEDOUT, "the other host has not answered for %" PRIu32 " ms",
                            relay->stall.limit_msec);
        if (peer_look(&relay->silence, relay->peer.fd, now) < 0)
                return fail(relay, -ETIMEDOUT, "the other host has not answered TCP for %d s",
                            PEER_DEAD_MSEC / 1000);

        if (relay->to_target.is_over && relay->from_target.is_over)
                relay->is_told_to_end = true;
        else if ((relay->to_target.is_over || relay->from_target.is_over) &&
                 relay->deadline_usec == 0)
                relay->deadline_usec = now + RELAY_LINGER_MSEC * 1000ULL;
        return 0;
}

static int step(Relay *relay) {
        switch (relay->state) {
        case RELAY_CONNECTING:
                return finish_connecting(relay);
        case RELAY_LISTENING:
                return take_peer(relay);
        case RELAY_HANDSHAKING:
                return go_on_shaking_hands(relay);
        case RELAY_WAITING:
                return take_qemu(relay);
        default:
                return pump(relay);
        }
}

static int pass_deadline(Relay *relay) {
        switch (relay->state) {
        case RELAY_CONNECTING:
                return fail(relay, -ETIMEDOUT, "the other side does not answer");
        case RELAY_HANDSHAKING:
                (void) strcpy(relay->words, "it does not shake hands");
                return turn_away(relay, -ETIMEDOUT);
        default:
                relay->is_told_to_end = true;
                return 0;
        }
}

/* ---- the loop */

typedef enum Slot {
        SLOT_CONTROL, /* and those behind */
        SLOT_LISTEN = CONTROL_POLL_MAX,
        SLOT_PEER,
        SLOT_QEMU,
        _SLOT_MAX,
} Slot;

static short events_of(const Relay *relay, const Channel *channel) {
        const Pump *pumps[] = { &relay->to_target, &relay->from_target };
        short events = 0;

        for (size_t i = 0; i < ARRAY_LEN(pumps); i++) {
                if (pumps[i]->from == channel && pumps[i]->wants_read)
                        events |= POLLIN;
                if (pumps[i]->to == channel && pumps[i]->wants_write)
                        events |= POLLOUT;
        }

        return events;
}

/* Who comes while another one shakes hands waits for the end of its turn. */
static bool is_accepting(const Relay *relay) {
        return relay->state == RELAY_LISTENING || relay->state == RELAY_WAITING ||
               is_giving_way(relay);
}

static void prepare(const Relay *relay, struct pollfd polls[static _SLOT_MAX]) {
        short peer = 0;

        (void) control_prepare(&relay->control, polls);
        if (relay->state == RELAY_CONNECTING)
                peer = POLLOUT;
        else if (relay->state == RELAY_HANDSHAKING)
                peer = tls_events(relay->tls);
        else if (relay->state == RELAY_WAITING)
                peer = POLLRDHUP;
        else if (relay->state == RELAY_RUNNING)
                peer = events_of(relay, &relay->peer);
        polls[SLOT_LISTEN] = (struct pollfd){ .fd = is_accepting(relay) ? relay->listen_fd : -1,
                                              .events = POLLIN };
        polls[SLOT_PEER] = (struct pollfd){ .fd = peer ? relay->peer.fd : -1, .events = peer };
        polls[SLOT_QEMU] = (struct pollfd){ .fd = -1 };
        if (relay->state == RELAY_RUNNING) {
                polls[SLOT_QEMU].events = events_of(relay, &relay->qemu);
                polls[SLOT_QEMU].fd = polls[SLOT_QEMU].events ? relay->qemu.fd : -1;
        }
}

static bool is_busy(const Relay *relay) {
        return relay->state == RELAY_RUNNING &&
               (pump_is_busy(&relay->to_target) || pump_is_busy(&relay->from_target));
}

/* Until the first of what is to come, in microseconds; -1: nothing is. */
static int64_t time_left(const Relay *relay) {
        uint64_t now = now_usec(), wait = relay->to_target.wait_usec, next = UINT64_MAX;
        const uint64_t times[] = {
                relay->deadline_usec,
                relay->state == RELAY_RUNNING && wait > 0 ? now + wait : 0,
                stall_deadline_usec(&relay->stall),
                relay->state == RELAY_RUNNING ? relay->silence.look_usec : 0,
                relay->state == RELAY_HANDSHAKING && relay->turn_usec > now ? relay->turn_usec : 0,
        };

        if (is_busy(relay))
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(times); i++)
                if (times[i] > 0 && times[i] < next)
                        next = times[i];
        if (next == UINT64_MAX)
                return -1;

        return next > now ? (int64_t) (next - now) : 0;
}

static int turn(Relay *relay) {
        struct pollfd polls[_SLOT_MAX];
        int64_t left = time_left(relay);
        struct timespec time = { left / 1000000, left % 1000000 * 1000 };
        sigset_t none;

        prepare(relay, polls);
        (void) sigemptyset(&none);
        if (ppoll(polls, _SLOT_MAX, left < 0 ? NULL : &time, &none) < 0)
                return errno == EINTR ? 0 : fail(relay, -errno, "poll: %s", strerror(errno));

        control_run(&relay->control, polls);
        if (relay->is_told_to_end)
                return 0;
        if (relay->deadline_usec > 0 && now_usec() >= relay->deadline_usec)
                return pass_deadline(relay);
        if (relay->state == RELAY_WAITING && polls[SLOT_PEER].revents)
                return fail(relay, -ECONNRESET, "the other side has gone before QEMU came");
        if (relay->state == RELAY_RUNNING || polls[SLOT_LISTEN].revents || polls[SLOT_PEER].revents)
                return step(relay);

        return 0;
}

int relay_run(Relay *relay) {
        int r = 0;

        while (r >= 0 && !relay->is_told_to_end && !*relay->has_signal)
                r = turn(relay);
        if (r >= 0)
                set_state(relay, RELAY_ENDED, 0);

        return r;
}

static int begin(Relay *relay) {
        int r;

        if (relay->settings->side == RELAY_SOURCE) {
                r = peer_connect(relay->settings, &relay->peer.fd);
                if (r < 0 && r != -EINPROGRESS)
                        return fail(relay, r, "the other side cannot be reached: %s", strerror(-r));
                relay->port = relay->settings->first_port;
                set_state(relay, RELAY_CONNECTING, RELAY_CONNECT_MSEC);
                return 0;
        }

        r = relay->listen_fd = peer_listen(relay->settings, &relay->port);
        if (r == -EADDRINUSE)
                return fail(relay, r, "no port from %u to %u is free", relay->settings->first_port,
                            relay->settings->last_port);
        if (r < 0)
                return fail(relay, r, "cannot listen: %s", strerror(-r));
        /* Who comes meanwhile waits. */
        warm_up(relay->settings);
        set_state(relay, RELAY_LISTENING, 0);
        return 0;
}

int relay_open(Relay *relay, const char *control) {
        int r;

        relay->listen_fd = relay->peer.fd = relay->qemu.fd = -EBADF;
        relay->control.on_request = on_request;
        relay->control.userdata = relay;
        relay->stall.limit_msec = relay->settings->stall_msec;
        r = control_open(&relay->control, control);
        if (r < 0)
                return fail(relay, r, "%.150s: %s", control, strerror(-r));
        if (relay->settings->tls != RELAY_PLAIN) {
                r = tls_new(relay->settings, &relay->tls, relay->words);
                if (r < 0) {
                        set_state(relay, RELAY_FAILED, 0);
                        return r;
                }
        }

        return begin(relay);
}

void relay_done(Relay *relay) {
        pump_done(&relay->to_target);
        pump_done(&relay->from_target);
        relay->tls = tls_free(relay->tls);
        channel_close(&relay->peer);
        channel_close(&relay->qemu);
        if (relay->listen_fd >= 0 && relay->settings->side == RELAY_SOURCE)
                (void) unlink(relay->settings->socket.sun_path);
        closep(&relay->listen_fd);
        control_close(&relay->control);
}
