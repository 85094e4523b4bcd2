/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/cause.h"

#include <assert.h>
#include <string.h>

static void test_every_cause_has_a_name_and_a_next_step(void) {
        for (int cause = CAUSE_WWPN_IS_VPORT; cause < _CAUSE_MAX; cause++) {
                assert(strcmp(cause_to_string(cause), "unexpected") != 0);
                assert(strlen(cause_next_step(cause)) > 10);
                for (int other = CAUSE_WWPN_IS_VPORT; other < cause; other++)
                        assert(strcmp(cause_to_string(cause), cause_to_string(other)) != 0);
        }

        assert(strcmp(cause_to_string(CAUSE_USAGE), "usage") == 0);
        assert(strcmp(cause_to_string(CAUSE_BAD_DEFINITION), "bad-definition") == 0);
}

static void test_no_cause_is_no_word(void) {
        assert(cause_to_string(CAUSE_NONE)[0] == '\0');
        assert(cause_next_step(CAUSE_NONE)[0] == '\0');
        assert(!cause_is_transient(CAUSE_NONE));
}

static void test_numbers_that_are_no_cause_are_unexpected(void) {
        static const int numbers[] = { -1, 1, 2, 63, 65, 99, _CAUSE_MAX, 203, 255, 100000 };

        for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
                assert(strcmp(cause_to_string(numbers[i]), "unexpected") == 0);
}

/* The unit's RestartPreventExitStatus= says the same in numbers. */
static void test_what_only_an_edit_mends_is_not_tried_again(void) {
        for (int cause = CAUSE_UNEXPECTED; cause < _CAUSE_MAX; cause++)
                assert(cause_is_transient(cause) == (cause != 64 && cause != 78 && cause != 101));
}

int main(void) {
        test_every_cause_has_a_name_and_a_next_step();
        test_no_cause_is_no_word();
        test_numbers_that_are_no_cause_are_unexpected();
        test_what_only_an_edit_mends_is_not_tried_again();

        return EXIT_SUCCESS;
}
