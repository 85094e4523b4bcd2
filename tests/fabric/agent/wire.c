/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buffer_done(Buffer *buffer) {
        free(buffer->data);
        *buffer = (Buffer){ 0 };
}

static int buffer_reserve(Buffer *buffer, size_t more) {
        size_t size = buffer->size ? buffer->size : 4096;
        char *data;

        while (size < buffer->length + more)
                size *= 2;
        if (size == buffer->size)
                return 0;

        data = realloc(buffer->data, size);
        if (!data)
                return -ENOMEM;
        buffer->data = data;
        buffer->size = size;
        return 0;
}

static void buffer_drop(Buffer *buffer, size_t length) {
        buffer->length -= length;
        memmove(buffer->data, buffer->data + length, buffer->length);
}

int buffer_put(Buffer *buffer, const void *bytes, size_t length) {
        int r;

        r = buffer_reserve(buffer, length);
        if (r < 0)
                return r;

        memcpy(buffer->data + buffer->length, bytes, length);
        buffer->length += length;
        return 0;
}

int buffer_put_line(Buffer *buffer, const char *verb, const char *argument) {
        int r;

        r = buffer_reserve(buffer, strlen(verb) + strlen(argument) + 2);
        if (r < 0)
                return r;

        (void) buffer_put(buffer, verb, strlen(verb));
        (void) buffer_put(buffer, " ", 1);
        (void) buffer_put(buffer, argument, strlen(argument));
        return buffer_put(buffer, "\n", 1);
}

static size_t encode(const unsigned char *in, size_t length, char *out) {
        char *start = out;

        for (size_t i = 0; i < length; i += 3) {
                size_t n = length - i;
                unsigned int bits = (unsigned int) in[i] << 16;

                bits |= n > 1 ? (unsigned int) in[i + 1] << 8 : 0;
                bits |= n > 2 ? in[i + 2] : 0;
                *out++ = digits[bits >> 18];
                *out++ = digits[bits >> 12 & 63];
                *out++ = n > 1 ? digits[bits >> 6 & 63] : '=';
                *out++ = n > 2 ? digits[bits & 63] : '=';
        }
        *out = 0;
        return (size_t) (out - start);
}

int buffer_put_bytes(Buffer *buffer, const char *verb, const void *bytes, size_t length) {
        _cleanup_free_ char *text = NULL;

        text = malloc((length + 2) / 3 * 4 + 1);
        if (!text)
                return -ENOMEM;

        (void) encode(bytes, length, text);
        return buffer_put_line(buffer, verb, text);
}

static int digit_value(char c) {
        const char *found = c ? strchr(digits, c) : NULL;

        return found ? (int) (found - digits) : -EINVAL;
}

int base64_decode(const char *text, char **ret_bytes, size_t *ret_length) {
        _cleanup_free_ char *bytes = NULL;
        size_t length = strlen(text), padding = 0, n = 0;

        if (length % 4)
                return -EINVAL;
        while (padding < 2 && padding < length && text[length - padding - 1] == '=')
                padding++;

        bytes = malloc(length / 4 * 3 + 1);
        if (!bytes)
                return -ENOMEM;

        for (size_t i = 0; i < length; i += 4) {
                unsigned int bits = 0;

                for (size_t k = i; k < i + 4; k++) {
                        int value = k >= length - padding ? 0 : digit_value(text[k]);

                        if (value < 0)
                                return -EINVAL;
                        bits = bits << 6 | (unsigned int) value;
                }
                bytes[n++] = (char) (bits >> 16);
                bytes[n++] = (char) (bits >> 8);
                bytes[n++] = (char) bits;
        }

        *ret_length = n - padding;
        bytes[*ret_length] = 0;
        *ret_bytes = TAKE_PTR(bytes);
        return 0;
}

int buffer_read(Buffer *buffer, int fd, bool *ret_eof) {
        const size_t most = 32768;
        ssize_t n;
        int r;

        r = buffer_reserve(buffer, most);
        if (r < 0)
                return r;

        n = read(fd, buffer->data + buffer->length, most);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                *ret_eof = true;
        buffer->length += (size_t) n;
        return n > 0;
}

int buffer_write(Buffer *buffer, int fd) {
        ssize_t n;

        if (buffer->length == 0)
                return 0;

        n = write(fd, buffer->data, buffer->length);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        buffer_drop(buffer, (size_t) n);
        return n > 0;
}

int buffer_take_line(Buffer *buffer, char **ret_verb, const char **ret_argument) {
        char *end;

        while ((end = buffer->length ? memchr(buffer->data, '\n', buffer->length) : NULL)) {
                size_t length = (size_t) (end - buffer->data);
                char *line, *blank;

                line = strndup(buffer->data, length);
                if (!line)
                        return -ENOMEM;
                buffer_drop(buffer, length + 1);

                blank = strchr(line, ' ');
                if (blank) {
                        *blank = 0;
                        *ret_verb = line;
                        *ret_argument = blank + 1;
                        return 1;
                }
                free(line);
        }
        return 0;
}
