/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/frame.h"

#include <string.h>

/* Kept when a longer message has gone. */
#define KEEP_MAX (64 * 1024)

void frame_done(Frame *frame) {
        free(frame->buf);
        *frame = (Frame){ .max = frame->max };
}

int frame_prepare(Frame *frame, size_t size, char **ret) {
        if (frame->n_allocated - frame->n < size) {
                char *buf = realloc(frame->buf, frame->n + size);

                if (!buf)
                        return -ENOMEM;
                frame->buf = buf;
                frame->n_allocated = frame->n + size;
        }

        *ret = frame->buf + frame->n;
        return 0;
}

void frame_add(Frame *frame, size_t n) {
        frame->n += n;
}

static void scan_string(Frame *frame, char c) {
        if (frame->is_escaped)
                frame->is_escaped = false;
        else if (c == '\\')
                frame->is_escaped = true;
        else if (c == '"')
                frame->in_string = false;
}

/* > 0: the message ends with this byte. */
static int scan(Frame *frame, char c) {
        switch (c) {
        case '"':
                frame->in_string = true;
                return frame->has_begun ? 0 : -EBADMSG;
        case '{':
        case '[':
                if (!frame->has_begun && c == '[')
                        return -EBADMSG;
                frame->has_begun = true;
                return ++frame->depth > FRAME_DEPTH_MAX ? -ELOOP : 0;
        case '}':
        case ']':
                if (frame->depth == 0)
                        return -EBADMSG;
                return --frame->depth == 0;
        default:
                return frame->has_begun ? 0 : -EBADMSG;
        }
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void drop_blanks(Frame *frame) {
        size_t n = 0;

        while (n < frame->n && is_blank(frame->buf[n]))
                n++;
        frame->n -= n;
        memmove(frame->buf, frame->buf + n, frame->n);
}

int frame_next(Frame *frame, const char **ret, size_t *ret_size) {
        size_t max = frame->max > 0 ? frame->max : FRAME_MAX;

        if (!frame->has_begun && frame->n > 0)
                drop_blanks(frame);
        while (frame->n_scanned < frame->n) {
                char c = frame->buf[frame->n_scanned++];
                int r = 0;

                if (frame->in_string)
                        scan_string(frame, c);
                else
                        r = scan(frame, c);
                if (r < 0)
                        return r;
                if (frame->n_scanned > max)
                        return -EMSGSIZE;
                if (r > 0) {
                        *ret = frame->buf;
                        *ret_size = frame->n_scanned;
                        return 1;
                }
        }

        return 0;
}

void frame_drop(Frame *frame, size_t size) {
        frame->n -= size;
        memmove(frame->buf, frame->buf + size, frame->n);
        frame->n_scanned = 0;
        frame->has_begun = false;
        if (frame->n == 0 && frame->n_allocated > KEEP_MAX)
                frame_done(frame);
}
