/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lab-exec and lab-agent may rely on when they speak: whole lines, whole bytes. */

#include "agent/wire.h"
#include "common/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void test_any_bytes_survive_the_line(void) {
        char bytes[300];

        for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (char) (i * 7);

        for (size_t length = 0; length <= sizeof bytes; length++) {
                _cleanup_(buffer_done) Buffer buffer = { 0 };
                _cleanup_free_ char *verb = NULL, *decoded = NULL;
                const char *argument;
                size_t n = 4711;

                assert(buffer_put_bytes(&buffer, "OUT", bytes, length) == 0);
                assert(buffer_take_line(&buffer, &verb, &argument) == 1);
                assert(strcmp(verb, "OUT") == 0);
                assert(base64_decode(argument, &decoded, &n) == 0);
                assert(n == length);
                assert(memcmp(decoded, bytes, length) == 0);
                assert(buffer.length == 0);
        }
}

static void test_base64_is_the_one_everybody_knows(void) {
        _cleanup_(buffer_done) Buffer buffer = { 0 };

        assert(buffer_put_bytes(&buffer, "IN", "light work", 10) == 0);
        assert(buffer.length == strlen("IN bGlnaHQgd29yaw==\n"));
        assert(memcmp(buffer.data, "IN bGlnaHQgd29yaw==\n", buffer.length) == 0);
}

static void test_what_is_not_base64_is_refused(void) {
        static const char *const malformed[] = { "a", "abc", "ab=c", "ab c", "=abc", "abc\x80" };

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                char *bytes = NULL;
                size_t length = 42;

                assert(base64_decode(malformed[i], &bytes, &length) == -EINVAL);
                assert(!bytes);
                assert(length == 42);
        }
}

static void test_half_a_line_spoils_only_itself(void) {
        _cleanup_(buffer_done) Buffer buffer = { 0 };
        _cleanup_free_ char *first = NULL, *second = NULL;
        const char *argument;
        char *none = NULL;

        assert(buffer_put(&buffer, "OUT aGFsZiBhIGxp", 16) == 0);
        assert(buffer_take_line(&buffer, &none, &argument) == 0);
        assert(buffer_put_line(&buffer, "\nHELLO", "me") == 0);

        assert(buffer_take_line(&buffer, &first, &argument) == 1);
        assert(strcmp(first, "OUT") == 0);
        assert(buffer_take_line(&buffer, &second, &argument) == 1);
        assert(strcmp(second, "HELLO") == 0);
        assert(strcmp(argument, "me") == 0);
        assert(buffer_take_line(&buffer, &none, &argument) == 0);
        assert(!none);
}

int main(void) {
        test_any_bytes_survive_the_line();
        test_base64_is_the_one_everybody_knows();
        test_what_is_not_base64_is_refused();
        test_half_a_line_spoils_only_itself();
        return 0;
}
