/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/format.h"

#include <assert.h>
#include <string.h>

static void test_sizes_are_in_the_largest_unit_that_leaves_a_number(void) {
        static const struct {
                uint64_t bytes;
                const char *text;
        } sizes[] = {
                { 0, "-" },
                { 512, "512 B" },
                { 1024, "1 KiB" },
                { UINT64_C(21474836480), "20 GiB" },
                { UINT64_C(1649267441664), "1.5 TiB" },
                { UINT64_MAX, "16 EiB" },
        };
        char buf[FORMAT_SIZE_MAX];

        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                assert(strcmp(format_size(sizes[i].bytes, buf), sizes[i].text) == 0);
}

static void test_a_unit_that_is_active_without_its_vport_is_no_good_news(void) {
        Vhba vhba = {
                .defined = true,
                .unit_state = (char *) "active",
                .kernel_state = (char *) "Active",
        };

        assert(vhba_tone(&vhba) == TONE_GOOD);
        vhba.kernel_state = (char *) "Linkdown";
        assert(vhba_tone(&vhba) == TONE_BAD);
}

static void test_a_vport_of_others_is_transient(void) {
        Vhba vhba = { .unit_state = (char *) "inactive", .kernel_state = (char *) "Active" };

        assert(strcmp(vhba_state(&vhba), "transient") == 0);
}

static void test_a_state_that_nobody_foresaw_is_no_good_news(void) {
        assert(state_tone("Fabric Rejected WWN") == TONE_BAD);
        assert(state_tone("something new") == TONE_BAD);
        assert(state_tone("") == TONE_FAINT);
}

int main(void) {
        test_sizes_are_in_the_largest_unit_that_leaves_a_number();
        test_a_unit_that_is_active_without_its_vport_is_no_good_news();
        test_a_vport_of_others_is_transient();
        test_a_state_that_nobody_foresaw_is_no_good_news();

        return EXIT_SUCCESS;
}
