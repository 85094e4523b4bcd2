/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun.h"

#include <assert.h>
#include <string.h>

#define PATH(i, t, l, w, n, s) \
        { \
                .initiator = (i), .target = (t), .lun = (l), .wwid = (w), .node = (n), \
                .state = (s), .target_state = "Online", .size_bytes = 512, .quarantine = "" \
        }

static LunPath paths[] = {
        PATH("a", "t1", 3, "naa.33", "", "offline"),
        PATH("a", "t1", 0, "naa.00", "/dev/b", "running"),
        PATH("b", "t1", 0, "naa.bb", "", "running"),
        PATH("a", "t2", 3, "naa.33", "/dev/d", "running"),
        PATH("a", "t2", 0, "naa.99", "", "running"),
};
static const LunPathList list = { .paths = paths, .n_paths = ARRAY_LEN(paths) };

static void test_paths_of_one_initiator_are_grouped_by_number_and_wwid(void) {
        _cleanup_free_ Lun *luns = NULL;

        assert(lun_group(&list, "a", &luns) == 3);
        assert(luns[0].number == 0 && strcmp(luns[0].wwid, "naa.00") == 0);
        assert(luns[1].number == 0 && strcmp(luns[1].wwid, "naa.99") == 0);
        assert(luns[2].number == 3 && luns[2].n_paths == 2 && luns[2].n_usable == 1);
        assert(strcmp(luns[2].node, "/dev/d") == 0);
}

static void test_nothing_is_behind_a_stranger(void) {
        _cleanup_free_ Lun *luns = NULL;

        assert(lun_group(&list, "c", &luns) == 0);
        assert(luns);
}

static void test_a_wwid_is_the_same_in_every_spelling(void) {
        assert(wwid_equal("naa.60AB", "60ab"));
        assert(wwid_equal("eui.60ab", "60ab"));
        assert(!wwid_equal("60ab", "60ac"));
        assert(!wwid_equal("", "naa.60ab"));
}

static void test_an_expectation_is_read(void) {
        Expectation expectation;

        assert(expectation_parse("7", &expectation) == 0);
        assert(expectation.number == 7 && expectation.n_paths == 1);
        assert(expectation.wwid[0] == '\0');

        assert(expectation_parse("0 paths:4  wwid:60ab", &expectation) == 0);
        assert(expectation.number == 0 && expectation.n_paths == 4);
        assert(strcmp(expectation.wwid, "60ab") == 0);
}

static void test_a_malformed_expectation_is_refused(void) {
        static const char *const malformed[] = { "",        "x",          "-1",
                                                 "0 wwid:", "0 paths",    "0 huh:",
                                                 "wwid:60", "0 paths:-1", "18446744073709551616" };

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                Expectation expectation = { .number = 42 };

                assert(expectation_parse(malformed[i], &expectation) == -EINVAL);
                assert(expectation.number == 42);
        }
}

static void test_expected_and_seen_are_compared(void) {
        static const struct {
                const char *text, *answer;
        } cases[] = {
                { "0", "ok" },
                { "0 wwid:99", "ok" },
                { "0 wwid:77", "other WWID" },
                { "1", "missing" },
                { "3 paths:1", "ok" },
                { "3 paths:2", "1 of 2 usable paths" },
                { "3 wwid:33 paths:4", "1 of 4 usable paths" },
        };
        _cleanup_free_ Lun *luns = NULL;
        int n = lun_group(&list, "a", &luns);

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Expectation expectation;
                char buf[64];
                bool met;

                assert(expectation_parse(cases[i].text, &expectation) == 0);
                assert(strcmp(expectation_check(&expectation, luns, (size_t) n, buf, sizeof buf,
                                                &met),
                              cases[i].answer) == 0);
                assert(met == (strcmp(cases[i].answer, "ok") == 0));
        }
}

int main(void) {
        test_paths_of_one_initiator_are_grouped_by_number_and_wwid();
        test_nothing_is_behind_a_stranger();
        test_a_wwid_is_the_same_in_every_spelling();
        test_an_expectation_is_read();
        test_a_malformed_expectation_is_refused();
        test_expected_and_seen_are_compared();

        return EXIT_SUCCESS;
}
