/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lab-exec and lab-agent say to each other: lines of a verb and one argument, over a
 * virtio-serial port. Bytes that are not ours to choose travel as base64, so that a line is a line
 * whatever a command prints, and so that half a line left behind by a program that died spoils
 * nothing but itself.
 *
 *   to the guest      HELLO nonce    begin anew: whatever ran for somebody else is killed
 *                     RUN ms.base64  run a command in bash, for at most so many milliseconds
 *                     IN base64      bytes for its standard input
 *                     EOF -          no more of them
 *   from the guest    BOOT -         the agent has just started; what was asked before is void
 *                     HELLO nonce    heard; nothing older follows
 *                     OUT, ERR       bytes of its standard output and error
 *                     EXIT code      how it ended; 128 and the signal's number if killed
 *                     LATE ms        killed, since its time was over
 *
 * Buffers, lines and base64 only: neither end's behaviour is here.
 */

#include <stdbool.h>
#include <stddef.h>

typedef struct Buffer {
        char *data;
        size_t length;
        size_t size;
} Buffer;

void buffer_done(Buffer *buffer);

/* Both return 0 or -ENOMEM. A line's argument is sent as base64 by the second. */
int buffer_put_line(Buffer *buffer, const char *verb, const char *argument);
int buffer_put_bytes(Buffer *buffer, const char *verb, const void *bytes, size_t length);
int buffer_put(Buffer *buffer, const void *bytes, size_t length);

/*
 * One read or write, as much as goes. Returns > 0 if bytes moved, 0 at end of file (read) or if
 * nothing can move now, or a negative errno.
 */
int buffer_read(Buffer *buffer, int fd, bool *ret_eof);
int buffer_write(Buffer *buffer, int fd);

/*
 * Takes the next complete line off the buffer: 1 and the verb and the argument (one allocation,
 * freed with the verb), 0 if there is none yet, -ENOMEM. Lines without a blank are skipped.
 */
int buffer_take_line(Buffer *buffer, char **ret_verb, const char **ret_argument);

/* Returns 0 and the bytes, or -EINVAL for what is not base64, or -ENOMEM. */
int base64_decode(const char *text, char **ret_bytes, size_t *ret_length);
