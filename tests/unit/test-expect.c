/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/expect.h"

#include <assert.h>
#include <string.h>

#define WWID_A "6001405000000000000000000000000a"
#define WWID_B "6001405000000000000000000000000b"

static LunPath make_path(unsigned target, uint64_t lun, const char *wwid) {
        LunPath path = {
                .block = "sda",
                .lun = lun,
                .is_running = true,
                .is_ready = true,
        };

        (void) snprintf(path.name, sizeof path.name, "7:0:%u:%llu", target,
                        (unsigned long long) lun);
        (void) snprintf(path.wwid, sizeof path.wwid, "%s", wwid);
        return path;
}

static void assert_check(const Expect *expect, const LunPath *paths, size_t n_paths, Cause expected,
                         const char *words) {
        char why[256] = "";

        assert(expect_check(expect, 1, paths, n_paths, why, sizeof why) == expected);
        assert(strstr(why, words));
}

static void test_nothing_expected_always_holds(void) {
        char why[64] = "";

        assert(expect_check(NULL, 0, NULL, 0, why, sizeof why) == CAUSE_NONE);
}

static void test_a_lun_may_have_any_wwid_unless_one_is_named(void) {
        const LunPath paths[] = { make_path(0, 5, WWID_A) };
        const Expect by_number = { .lun = 5, .paths = 1 };
        const Expect by_wwid = { .lun = 5, .wwid = WWID_A, .paths = 1 };

        assert_check(&by_number, paths, 1, CAUSE_NONE, "");
        assert_check(&by_wwid, paths, 1, CAUSE_NONE, "");
}

static void test_a_missing_lun_is_named_with_those_seen(void) {
        const LunPath paths[] = { make_path(0, 1, WWID_A), make_path(1, 1, WWID_A),
                                  make_path(0, 7, WWID_B) };
        const Expect expect = { .lun = 0, .paths = 1 };
        const Expect by_wwid = { .lun = 2, .wwid = WWID_A, .paths = 1 };

        assert_check(&expect, paths, 3, CAUSE_LUN_MISSING, "LUN 0 is not there");
        assert_check(&expect, paths, 3, CAUSE_LUN_MISSING, "sees LUN 1, 7.");
        assert_check(&expect, NULL, 0, CAUSE_LUN_MISSING, "sees no LUN.");
        assert_check(&by_wwid, NULL, 0, CAUSE_LUN_MISSING, "LUN 2 (WWID " WWID_A ") is not");
}

static void test_another_wwid_on_any_path_is_a_difference(void) {
        const LunPath paths[] = { make_path(0, 0, WWID_A), make_path(1, 0, WWID_B) };
        const Expect expect = { .lun = 0, .wwid = WWID_A, .paths = 1 };

        assert_check(&expect, paths, 2, CAUSE_LUN_DIFFERENT, WWID_B);
        assert_check(&expect, paths, 2, CAUSE_LUN_DIFFERENT, "7:0:1:0");
}

static void test_too_few_paths_are_counted(void) {
        LunPath paths[] = { make_path(0, 0, WWID_A), make_path(1, 0, WWID_A) };
        const Expect expect = { .lun = 0, .wwid = WWID_A, .paths = 2 };

        assert_check(&expect, paths, 1, CAUSE_PATHS_MISSING, "over 1 of 2 paths");
        assert_check(&expect, paths, 2, CAUSE_NONE, "");
        paths[1].is_running = false;
        assert_check(&expect, paths, 2, CAUSE_PATHS_MISSING, "7:0:1:0 is not running");
}

static void test_a_path_without_its_links_does_not_count(void) {
        LunPath paths[] = { make_path(0, 0, WWID_A) };
        const Expect expect = { .lun = 0, .wwid = WWID_A, .paths = 1 };

        paths[0].is_ready = false;
        assert_check(&expect, paths, 1, CAUSE_LUN_MISSING, "waits for udev");
}

static void test_a_path_that_has_not_told_its_wwid_is_not_another_lun(void) {
        LunPath paths[] = { make_path(0, 0, "") };
        const Expect expect = { .lun = 0, .wwid = WWID_A, .paths = 1 };

        paths[0].is_running = false;
        assert_check(&expect, paths, 1, CAUSE_LUN_MISSING, "is not running");
        paths[0].is_running = true;
        assert_check(&expect, paths, 1, CAUSE_LUN_DIFFERENT, "no WWID");
}

static void test_the_first_that_fails_is_told(void) {
        const LunPath paths[] = { make_path(0, 0, WWID_A) };
        const Expect expect[] = {
                { .lun = 0, .wwid = WWID_A, .paths = 1 },
                { .lun = 1, .paths = 1 },
                { .lun = 0, .wwid = WWID_B, .paths = 1 },
        };
        char why[256];

        assert(expect_check(expect, 3, paths, 1, why, sizeof why) == CAUSE_LUN_MISSING);
        assert(strstr(why, "LUN 1 is not there"));
}

static void test_many_luns_do_not_overflow_the_words(void) {
        _cleanup_free_ LunPath *paths = calloc(1000, sizeof *paths);
        const Expect expect = { .lun = 5000, .paths = 1 };

        assert(paths);
        for (unsigned i = 0; i < 1000; i++)
                paths[i] = make_path(0, UINT64_C(18446744073709550000) + i, WWID_A);
        assert_check(&expect, paths, 1000, CAUSE_LUN_MISSING, ", …");
}

int main(void) {
        test_nothing_expected_always_holds();
        test_a_lun_may_have_any_wwid_unless_one_is_named();
        test_a_missing_lun_is_named_with_those_seen();
        test_another_wwid_on_any_path_is_a_difference();
        test_too_few_paths_are_counted();
        test_a_path_without_its_links_does_not_count();
        test_a_path_that_has_not_told_its_wwid_is_not_another_lun();
        test_the_first_that_fails_is_told();
        test_many_luns_do_not_overflow_the_words();

        return EXIT_SUCCESS;
}
