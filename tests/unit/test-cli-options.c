/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/complain.h"
#include "cli/options.h"
#include "common/cleanup.h"

#include <assert.h>
#include <string.h>

static void test_options_may_stand_anywhere(void) {
        static const char *const orders[][7] = {
                { "npivot", "--json", "-H", "host", "lun", "list" },
                { "npivot", "lun", "--host", "host", "list", "--json" },
                { "npivot", "lun", "list", "--host=host", "--json" },
                { "npivot", "lun", "list", "-Hhost", "--json" },
        };

        for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
                _cleanup_(options_done) Options options = { 0 };
                char *argv[ARRAY_LEN(orders[0])];
                int argc = 0;

                memcpy(argv, orders[i], sizeof argv);
                while (argv[argc])
                        argc++;

                assert(options_parse(argc, argv, &options) == 0);
                assert(options_have(&options, OPTION_JSON));
                assert(!options_have(&options, OPTION_FORCE));
                assert(strcmp(options.value[OPTION_HOST], "host") == 0);
                assert(options.n_words == 2);
                assert(strcmp(options.words[0], "lun") == 0);
                assert(strcmp(options.words[1], "list") == 0);
        }
}

static void test_every_expect_is_kept_in_order(void) {
        _cleanup_(options_done) Options options = { 0 };
        char *argv[] = { (char *) "npivot", (char *) "--expect",   (char *) "0",
                         (char *) "vhba",   (char *) "--expect=7", NULL };

        assert(options_parse(ARRAY_LEN(argv) - 1, argv, &options) == 0);
        assert(options.n_expect == 2);
        assert(strcmp(options.expect[0], "0") == 0);
        assert(strcmp(options.expect[1], "7") == 0);
}

static void test_nothing_after_two_dashes_is_an_option(void) {
        _cleanup_(options_done) Options options = { 0 };
        char *argv[] = { (char *) "npivot", (char *) "--", (char *) "--json", NULL };

        assert(options_parse(ARRAY_LEN(argv) - 1, argv, &options) == 0);
        assert(options.given == 0);
        assert(options.n_words == 1);
}

static void test_what_is_no_option_is_refused(void) {
        static const char *const wrong[] = {
                "--no-such", "-x", "--host", "-H", "--json=1", "--no"
        };

        for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
                _cleanup_(options_done) Options options = { 0 };
                char *argv[] = { (char *) "npivot", (char *) wrong[i], NULL };

                assert(options_parse(ARRAY_LEN(argv) - 1, argv, &options) == EXIT_USAGE);
                assert(!options.expect);
        }
}

static void test_an_alien_option_is_found(void) {
        Options options = { .given = OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_FORCE) };

        assert(strcmp(options_find_alien(&options, OPTION_BIT(OPTION_JSON)), "force") == 0);
        assert(!options_find_alien(&options, options.given));
}

static void test_every_option_is_explained(void) {
        for (int i = 0; i < _OPTION_MAX; i++) {
                assert(option_name(i));
                assert(option_about(i));
        }
}

static void test_a_timeout_is_in_seconds_unless_it_says_otherwise(void) {
        static const struct {
                const char *text;
                uint64_t seconds;
        } good[] = { { "0", 0 }, { "90", 90 }, { "90s", 90 }, { "2min", 120 }, { "1h", 3600 } };
        static const char *const bad[] = {
                "", "s", "-1", "+1", " 1", "1 ", "1d", "1.5", "1m", "0x1", "99999999999999999999"
        };
        uint64_t usec;

        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                assert(timeout_parse(good[i].text, &usec) == 0);
                assert(usec == good[i].seconds * 1000000);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                usec = 42;
                assert(timeout_parse(bad[i], &usec) < 0);
                assert(usec == 42);
        }
}

int main(void) {
        test_options_may_stand_anywhere();
        test_every_expect_is_kept_in_order();
        test_nothing_after_two_dashes_is_an_option();
        test_what_is_no_option_is_refused();
        test_an_alien_option_is_found();
        test_every_option_is_explained();
        test_a_timeout_is_in_seconds_unless_it_says_otherwise();

        return EXIT_SUCCESS;
}
