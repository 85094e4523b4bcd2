/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where one JSON message ends and the next begins, in what a monitor sends: bytes go in, whole
 * messages come out. Messages need no newline between them (docs/interop/qmp-spec.rst), so braces
 * are counted, and what is too long or too deep is refused before it is all there. Parses nothing.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_DEPTH_MAX 64

typedef struct Frame {
        char *buf;
        size_t n, n_allocated;
        size_t n_scanned; /* of n */
        size_t max;       /* bytes of one message; 0: FRAME_MAX */
        unsigned depth;
        bool in_string, is_escaped, has_begun;
} Frame;

#define FRAME_MAX (16 * 1024 * 1024)

void frame_done(Frame *frame);

/* Room for up to size bytes more at *ret; frame_add() tells how many came. */
int frame_prepare(Frame *frame, size_t size, char **ret);
void frame_add(Frame *frame, size_t n);

/*
 * > 0: a message, which lives until frame_drop(). 0: more bytes are needed. -EMSGSIZE: too long,
 * -ELOOP: too deep, -EBADMSG: something else than a JSON object; the stream is of no use then.
 */
int frame_next(Frame *frame, const char **ret, size_t *ret_size);
void frame_drop(Frame *frame, size_t size);
