/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A unix socket with JSON messages in both directions, on an event loop. Never blocks; what waits
 * to be sent is limited, and so are the messages that come. Knows nothing of what they mean.
 */

#include "common/json-read.h"
#include "common/qmp/frame.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

/* Bytes that wait to be sent. */
#define STREAM_OUT_MAX (1024 * 1024)

typedef struct Stream {
        /* < 0: the message makes no sense, and that is the end. May close the stream. */
        int (*on_message)(void *userdata, const JsonValue *message);
        /* It is closed by now: what came was none (-EBADMSG), or the other end has gone. */
        void (*on_lost)(void *userdata, int error);
        void *userdata;

        int fd; /* -EBADF: closed */
        sd_event_source *io;
        Frame frame;
        char *out;
        size_t n_out;
        bool is_writing;
} Stream;

/* Starts from a closed one. Connects at once, or says why not. */
int stream_open(Stream *stream, sd_event *event, const char *socket);
void stream_close(Stream *stream);
/* Who made the socket at the other end. */
int stream_query_uid(const Stream *stream, uid_t *ret);
bool stream_is_open(const Stream *stream);

/* All of it, or nothing: -ENOBUFS. A failure to send is told by on_lost, later. */
int stream_send(Stream *stream, const char *text, size_t size);

/* For people, of on_lost's error. */
const char *stream_describe(int error);
