/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/stream.h"

#include "common/socket.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READ_SIZE (64 * 1024)
#define READS_MAX 16 /* in one turn of the loop */

static int watch(Stream *stream, bool is_writing) {
        if (stream->is_writing == is_writing)
                return 0;

        stream->is_writing = is_writing;
        return sd_event_source_set_io_events(stream->io, EPOLLIN | (is_writing ? EPOLLOUT : 0));
}

static int flush(Stream *stream) {
        while (stream->n_out > 0) {
                ssize_t n;

                n = send(stream->fd, stream->out, stream->n_out, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        return watch(stream, true);
                if (n < 0)
                        return -errno;
                stream->n_out -= (size_t) n;
                memmove(stream->out, stream->out + n, stream->n_out);
        }

        return watch(stream, false);
}

int stream_send(Stream *stream, const char *text, size_t size) {
        char *out;

        if (stream->n_out + size > STREAM_OUT_MAX)
                return -ENOBUFS;
        out = realloc(stream->out, stream->n_out + size);
        if (!out)
                return -ENOMEM;

        stream->out = out;
        memcpy(stream->out + stream->n_out, text, size);
        stream->n_out += size;
        (void) flush(stream);
        return 0;
}

/* > 0: there may be more. on_message may close the stream. */
static int take_next(Stream *stream) {
        _cleanup_(json_read_freep) JsonValue *message = NULL;
        const char *text;
        size_t size;
        int r;

        r = frame_next(&stream->frame, &text, &size);
        if (r <= 0)
                return r;
        r = json_read(text, size, FRAME_DEPTH_MAX, &message);
        frame_drop(&stream->frame, size);
        if (r >= 0)
                r = stream->on_message(stream->userdata, message);

        return r < 0 ? r : stream_is_open(stream);
}

/* > 0: something came. */
static int read_some(Stream *stream) {
        ssize_t n;
        char *buf;
        int r;

        r = frame_prepare(&stream->frame, READ_SIZE, &buf);
        if (r < 0)
                return r;
        n = recv(stream->fd, buf, READ_SIZE, MSG_DONTWAIT);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                return -ECONNRESET;

        frame_add(&stream->frame, (size_t) n);
        return 1;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Stream *stream = userdata;
        int r = 1;

        if (events & EPOLLOUT && flush(stream) < 0)
                r = -ECONNRESET;
        for (unsigned i = 0; r > 0 && i < READS_MAX; i++) {
                r = read_some(stream);
                if (r <= 0)
                        break;
                do
                        r = take_next(stream);
                while (r > 0);
                r = r == 0 ? stream_is_open(stream) : r;
        }
        if (r < 0 && stream_is_open(stream)) {
                stream_close(stream);
                stream->on_lost(stream->userdata, r);
        }

        return 0;
}

int stream_open(Stream *stream, sd_event *event, const char *socket) {
        _cleanup_close_ int fd = socket_connect(socket, SOCK_STREAM);
        int r;

        if (fd < 0)
                return fd;
        r = sd_event_add_io(event, &stream->io, fd, EPOLLIN, on_io, stream);
        if (r < 0)
                return r;

        stream->fd = TAKE_FD(fd);
        return 0;
}

void stream_close(Stream *stream) {
        stream->io = sd_event_source_disable_unref(stream->io);
        closep(&stream->fd);
        stream->fd = -EBADF;
        frame_done(&stream->frame);
        free(TAKE_PTR(stream->out));
        stream->n_out = 0;
        stream->is_writing = false;
}

int stream_query_uid(const Stream *stream, uid_t *ret) {
        struct ucred peer;
        socklen_t size = sizeof peer;

        if (getsockopt(stream->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;

        *ret = peer.uid;
        return 0;
}

bool stream_is_open(const Stream *stream) {
        return stream->fd >= 0;
}

const char *stream_describe(int error) {
        switch (error) {
        case -EMSGSIZE:
                return "a message is too long";
        case -ELOOP:
                return "a message is nested too deep";
        case -EBADMSG:
                return "it says what QMP does not have";
        case -ECONNRESET:
                return "it has closed the connection";
        default:
                return strerror(-error);
        }
}
