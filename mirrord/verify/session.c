/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static int refuse(Verify *verify, int error, const char *format, ...) _printf_(3, 4);
static int refuse(Verify *verify, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(verify->words, sizeof verify->words, format, ap);
        va_end(ap);
        return error;
}

static bool is_source(const Verify *verify) {
        return verify->settings->link.side == RELAY_SOURCE;
}

/* Never -ECONNRESET, which is the other side's end. */
static int refuse_export(Verify *verify, int error, const char *why) {
        return refuse(verify, -EIO, "QEMU's export at %.107s: %.120s",
                      verify->settings->link.socket.sun_path, *why ? why : strerror(-error));
}

static int refuse_link(Verify *verify, int error) {
        switch (error) {
        case -ECONNRESET:
                return refuse(verify, error, "the other side has gone");
        case -EPROTO:
                return refuse(verify, error, "the other side speaks something else");
        case -EPROTONOSUPPORT:
                return refuse(verify, error, "the other side is of another version");
        default:
                return refuse(verify, error, "the connection broke: %s", strerror(-error));
        }
}

int session_begin(Verify *verify) {
        char why[EXPORT_WORDS_MAX];
        int r;

        verify->is_joined = true;
        verify->has_sent_hello = verify->has_hello = false;
        r = export_new(verify->settings->link.socket.sun_path, verify->settings->link.name,
                       &verify->export, why);

        return r < 0 ? refuse_export(verify, r, why) : 0;
}

/* The other side is told why, if it is one of ours and listens. */
void session_end(Verify *verify) {
        WireFrame frame = { .kind = WIRE_ERROR };

        if (verify->is_joined && !is_source(verify) && *verify->words) {
                (void) snprintf(frame.words, sizeof frame.words, "%.190s", verify->words);
                for (char *c = frame.words; *c; c++)
                        if (*c < ' ' || *c > '~')
                                *c = '?';
                if (link_send(&verify->link, &frame) >= 0)
                        (void) link_flush(&verify->link);
        }
        if (verify->is_joined)
                (void) channel_end(&verify->link.channel);
        /* Before the reads that it may still end. */
        verify->export = export_free(verify->export);
        link_close(&verify->link);
        verify->is_joined = false;
}

static int take_hello(Verify *verify) {
        WireFrame frame;
        int r;

        r = link_receive(&verify->link, &frame);
        if (r < 0)
                return refuse_link(verify, r);
        if (r == 0)
                return 0;
        if (frame.kind == WIRE_ERROR)
                return refuse(verify, -EREMOTEIO, "the other side: %s", frame.words);
        if (frame.kind != WIRE_HELLO)
                return refuse_link(verify, -EPROTO);

        verify->hello = frame;
        verify->has_hello = true;
        return 0;
}

/* The key is the source's. */
static int say_hello(Verify *verify) {
        WireFrame frame = { .kind = WIRE_HELLO, .size = export_size(verify->export) };
        int r;

        if (is_source(verify)) {
                r = digest_key_draw(&verify->key);
                if (r < 0)
                        return refuse(verify, r, "no random numbers");
        } else
                verify->key = verify->hello.key;
        export_set_key(verify->export, &verify->key);
        frame.key = verify->key;
        r = link_send(&verify->link, &frame);
        if (r < 0)
                return refuse_link(verify, r);

        verify->has_sent_hello = true;
        return 0;
}

static int begin_comparing(Verify *verify) {
        Reader near = { verify->export, export_begin }, far = { &verify->remote, remote_begin };
        Sample sample = {
                .size = export_size(verify->export),
                .percent = verify->settings->sample,
        };
        int r;

        memcpy(&sample.seed, verify->key.bytes, sizeof sample.seed);
        verify->remote = (Remote){ .link = &verify->link };
        r = compare_init(&verify->compare, &sample, verify->settings->settle_msec * 1000ULL,
                         verify->settings->link.limit, near, far);

        return r < 0 ? refuse(verify, r, "no memory") : 0;
}

static int begin_serving(Verify *verify) {
        verify->serve = (Serve){
                .link = &verify->link,
                .reader = { verify->export, export_begin },
                .size = export_size(verify->export),
                .pace.limit = verify->settings->link.limit,
        };
        return 0;
}

int session_greet(Verify *verify, short export_revents) {
        char why[EXPORT_WORDS_MAX];
        int r;

        r = export_run(verify->export, export_revents, why);
        if (r < 0)
                return refuse_export(verify, r, why);
        r = verify->has_hello ? 0 : take_hello(verify);
        if (r < 0)
                return r;
        if (export_is_ready(verify->export) && !verify->has_sent_hello &&
            (is_source(verify) || verify->has_hello)) {
                r = say_hello(verify);
                if (r < 0)
                        return r;
        }
        r = link_flush(&verify->link);
        if (r < 0)
                return refuse_link(verify, r);
        if (!verify->has_hello || !verify->has_sent_hello)
                return 0;
        r = is_source(verify) ? begin_comparing(verify) : begin_serving(verify);

        return r < 0 ? r : 1;
}

static int take_frames(Verify *verify) {
        WireFrame frame;
        int r;

        while ((r = link_receive(&verify->link, &frame)) > 0) {
                if (frame.kind == WIRE_ERROR)
                        return refuse(verify, -EREMOTEIO, "the other side: %s", frame.words);
                if (is_source(verify))
                        r = frame.kind == WIRE_DIGESTS ? remote_take(&verify->remote, &frame)
                                                       : -EPROTO;
                else
                        r = serve_take(&verify->serve, &frame);
                if (r < 0)
                        return refuse_link(verify, r);
        }

        return r < 0 ? refuse_link(verify, r) : 0;
}

static int go_on(Verify *verify, uint64_t now_usec) {
        uint64_t limit = verify->settings->link.limit;
        int r;

        if (is_source(verify)) {
                compare_set_limit(&verify->compare, limit);
                r = compare_run(&verify->compare, now_usec);
        } else {
                verify->serve.pace.limit = limit;
                r = serve_run(&verify->serve, now_usec);
        }
        if (r < 0)
                return refuse(verify, r, "the disk cannot be read: %s", strerror(-r));
        if (is_source(verify) &&
            now_usec - verify->compare.moved_usec >= VERIFY_STALL_MSEC * 1000ULL)
                return refuse(verify, -ETIMEDOUT, "no read has ended for %d seconds",
                              VERIFY_STALL_MSEC / 1000);

        return 0;
}

int session_run(Verify *verify, short export_revents, uint64_t now_usec) {
        char why[EXPORT_WORDS_MAX];
        int r;

        r = export_run(verify->export, export_revents, why);
        if (r < 0)
                return refuse_export(verify, r, why);
        r = take_frames(verify);
        if (r >= 0)
                r = go_on(verify, now_usec);
        if (r < 0)
                return r;
        r = link_flush(&verify->link);
        if (r < 0)
                return refuse_link(verify, r);

        return is_source(verify) && verify->compare.is_over;
}

uint64_t session_wait(Verify *verify, uint64_t now_usec) {
        uint64_t wait, stall = VERIFY_STALL_MSEC * 1000ULL;

        if (!is_source(verify))
                return serve_wait(&verify->serve, now_usec);
        wait = compare_wait(&verify->compare, now_usec);

        return wait < stall ? wait : stall;
}
