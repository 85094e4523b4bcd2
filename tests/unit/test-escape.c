/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "common/escape.h"

#include <assert.h>
#include <string.h>

typedef struct Case {
        const char *dirty;
        const char *clean;
} Case;

static void check(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *text = strdup(cases[i].dirty);

                assert(text);
                assert(escape_in_place(text) == text);
                assert(strcmp(text, cases[i].clean) == 0);
        }
}

static void test_text_is_left_alone(void) {
        static const Case cases[] = {
                { "", "" },
                { "web1", "web1" },
                { " ~!\"\\%s", " ~!\"\\%s" },
                { "Gerät №7 – 日本 🙂", "Gerät №7 – 日本 🙂" },
                { "\xc2\xa0", "\xc2\xa0" },                 /* the first after the controls */
                { "\xef\xbf\xbd", "\xef\xbf\xbd" },         /* U+FFFD */
                { "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" }, /* U+10FFFD, the last */
        };

        check(cases, ARRAY_LEN(cases));
}

static void test_controls_cannot_reach_a_terminal(void) {
        static const Case cases[] = {
                { "\x1b[31mred\x1b[0m", "?[31mred?[0m" },
                { "two\nlines\r\n", "two?lines??" },
                { "\t\x01\x1f\x7f", "????" },
                { "\xc2\x9b"
                  "31m",
                  "??31m" }, /* CSI as one Unicode character */
        };

        check(cases, ARRAY_LEN(cases));
}

/* Found by fuzz-attr: U+2028 begins a new line where a terminal or a log reader honours it. */
static void test_separators_and_turned_text_do_not_get_through(void) {
        static const Case cases[] = {
                { "a\xe2\x80\xa8"
                  "b",
                  "a???b" }, /* U+2028, line separator */
                { "a\xe2\x80\xa9"
                  "b",
                  "a???b" },                        /* U+2029, paragraph separator */
                { "\xe2\x80\xae", "???" },          /* U+202E, right-to-left override */
                { "\xe2\x81\xa6", "???" },          /* U+2066, left-to-right isolate */
                { "\xe2\x80\xa7", "\xe2\x80\xa7" }, /* U+2027, the last before them */
                { "\xe2\x81\xaa", "\xe2\x81\xaa" }, /* U+206A, the first after them */
        };

        check(cases, ARRAY_LEN(cases));
}

static void test_what_is_not_utf8_is_replaced(void) {
        static const Case cases[] = {
                { "\xff", "?" },
                { "\x80", "?" },
                { "a\xc3", "a?" },                   /* ends in the middle */
                { "\xe2\x82", "??" },                /* the same, of three */
                { "\xf0\x9f\x99", "???" },           /* the same, of four */
                { "\xc3(", "?(" },                   /* what follows is kept */
                { "\xc0\xaf", "??" },                /* overlong '/' */
                { "\xe0\x80\xaf", "???" },           /* the same, longer */
                { "\xf0\x80\x80\xaf", "????" },      /* the same, longest */
                { "\xed\xa0\x80", "???" },           /* a surrogate */
                { "\xef\xb7\x90", "???" },           /* U+FDD0, not a character */
                { "\xef\xbf\xbf", "???" },           /* U+FFFF, the same */
                { "\xf4\x90\x80\x80", "????" },      /* beyond Unicode */
                { "\xf8\x88\x80\x80\x80", "?????" }, /* five bytes */
                { "Ger\xe4t \xc3\xa4", "Ger?t ä" },  /* Latin-1 beside UTF-8 */
        };

        check(cases, ARRAY_LEN(cases));
}

int main(void) {
        test_text_is_left_alone();
        test_controls_cannot_reach_a_terminal();
        test_separators_and_turned_text_do_not_get_through();
        test_what_is_not_utf8_is_replaced();

        return EXIT_SUCCESS;
}
