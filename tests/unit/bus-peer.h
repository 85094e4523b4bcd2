/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A connection inside one process: vtables on one end, a client on the other, one event loop. For
 * tests of bus objects without a bus. There are no names, no senders and no other users here; see
 * fake-bus.h for those.
 *
 *      _cleanup_(bus_peer_done) BusPeer peer = { 0 };
 *      _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
 *
 *      bus_peer_open(&peer);
 *      assert(sd_bus_add_object_vtable(peer.server, NULL, "/org/npivot/…", …) >= 0);
 *      assert(bus_peer_call(&peer, &error, &reply, path, interface, "Method", "s", "web1") >= 0);
 */

#include "common/cleanup.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define BUS_PEER_DEADLINE_USEC (20 * 1000000ULL)

typedef struct BusPeer {
        sd_event *event;
        sd_bus *server; /* the side with the vtables: what a daemon calls its bus */
        sd_bus *client;
} BusPeer;

static inline sd_bus *bus_peer_open_end(sd_event *event, int fd, bool server) {
        sd_id128_t id =
                SD_ID128_MAKE(6e, 70, 69, 76, 6f, 74, 00, 00, 00, 00, 00, 00, 00, 00, 00, 01);
        sd_bus *bus = NULL;

        assert(sd_bus_new(&bus) >= 0);
        assert(sd_bus_set_fd(bus, fd, fd) >= 0);
        if (server)
                assert(sd_bus_set_server(bus, true, id) >= 0);
        assert(sd_bus_start(bus) >= 0);
        assert(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL) >= 0);

        return bus;
}

static inline void bus_peer_open(BusPeer *peer) {
        int fds[2];

        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) >= 0);
        assert(sd_event_new(&peer->event) >= 0);
        peer->server = bus_peer_open_end(peer->event, fds[0], true);
        peer->client = bus_peer_open_end(peer->event, fds[1], false);
}

static inline void bus_peer_done(BusPeer *peer) {
        peer->client = sd_bus_close_unref(peer->client);
        peer->server = sd_bus_close_unref(peer->server);
        peer->event = sd_event_unref(peer->event);
}

/* Runs the loop until *done, which a callback sets. Fails the test after the deadline. */
static inline void bus_peer_run_until(sd_event *event, const bool *done) {
        uint64_t start, now;

        assert(sd_event_now(event, CLOCK_MONOTONIC, &start) >= 0);
        while (!*done) {
                assert(sd_event_run(event, BUS_PEER_DEADLINE_USEC) >= 0);
                assert(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now - start < BUS_PEER_DEADLINE_USEC);
        }
}

/* Lets everything arrive that is under way: replies, signals, deferred sources. */
static inline void bus_peer_settle(BusPeer *peer) {
        int r;

        do {
                r = sd_event_run(peer->event, 0);
                assert(r >= 0);
        } while (r > 0);
}

typedef struct BusPeerReply {
        sd_bus_message *message;
        bool done;
} BusPeerReply;

static inline int bus_peer_on_reply(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BusPeerReply *reply = userdata;

        reply->message = sd_bus_message_ref(message);
        reply->done = true;
        return 0;
}

/* As sd_bus_call(), but the other end is served meanwhile. Takes over the question. */
static inline int bus_peer_send(BusPeer *peer, sd_bus_message *question, sd_bus_error *error,
                                sd_bus_message **ret) {
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        BusPeerReply reply = { 0 };

        assert(sd_bus_call_async(peer->client, &slot, question, bus_peer_on_reply, &reply, 0) >= 0);
        sd_bus_message_unref(question);
        bus_peer_run_until(peer->event, &reply.done);

        if (sd_bus_message_is_method_error(reply.message, NULL)) {
                int r = sd_bus_error_copy(error, sd_bus_message_get_error(reply.message));

                sd_bus_message_unref(reply.message);
                return r < 0 ? r : -EIO;
        }

        if (ret)
                *ret = reply.message;
        else
                sd_bus_message_unref(reply.message);
        return 0;
}

/*
 * Calls a method with arguments as sd_bus_call_method() does. 0, or negative with the error set.
 * ret may be NULL.
 */
static inline int bus_peer_call(BusPeer *peer, sd_bus_error *error, sd_bus_message **ret,
                                const char *path, const char *interface, const char *member,
                                const char *types, ...) {
        sd_bus_message *question = NULL;
        va_list ap;

        assert(sd_bus_message_new_method_call(peer->client, &question, NULL, path, interface,
                                              member) >= 0);
        va_start(ap, types);
        if (types)
                assert(sd_bus_message_appendv(question, types, ap) >= 0);
        va_end(ap);

        return bus_peer_send(peer, question, error, ret);
}

/* The value of a property, which stands in *ret as a variant that has been entered. */
static inline int bus_peer_get(BusPeer *peer, sd_bus_error *error, sd_bus_message **ret,
                               const char *path, const char *interface, const char *property,
                               const char *type) {
        int r;

        r = bus_peer_call(peer, error, ret, path, "org.freedesktop.DBus.Properties", "Get", "ss",
                          interface, property);
        if (r < 0)
                return r;

        return sd_bus_message_enter_container(*ret, 'v', type);
}
