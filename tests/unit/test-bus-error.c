/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "common/cleanup.h"

#include <assert.h>
#include <string.h>

static int errno_of(const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        assert(sd_bus_error_set(&error, name, "for a test") < 0);
        return sd_bus_error_get_errno(&error);
}

static void test_clients_find_an_errno_for_our_names(void) {
        assert(bus_error_register() == 0);

        assert(errno_of(NPIVOT_ERROR_INVALID_WWN) == EINVAL);
        assert(errno_of(NPIVOT_ERROR_BUSY) == EBUSY);
        assert(errno_of(NPIVOT_ERROR_UNKNOWN_OUTCOME) == EINPROGRESS);
        assert(errno_of(NPIVOT_ERROR_LIMIT) == E2BIG);
}

static void test_a_name_that_is_not_ours_is_just_an_error(void) {
        assert(errno_of(NPIVOT_ERROR "Unheard") == EIO);
}

static void test_registering_twice_does_no_harm(void) {
        assert(bus_error_register() == 0);
        assert(errno_of(NPIVOT_ERROR_BUSY) == EBUSY);
}

static void test_a_letter_that_was_cut_in_two_got_onto_the_bus(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        assert(bus_error_refuse(&error, NPIVOT_ERROR_INVALID_ARGUMENT, "“%.3s” is none.",
                                "ab\xc3\xa4") == -EINVAL);
        assert(strcmp(error.message, "“ab?” is none.") == 0);
}

int main(void) {
        test_clients_find_an_errno_for_our_names();
        test_a_name_that_is_not_ours_is_just_an_error();
        test_registering_twice_does_no_harm();
        test_a_letter_that_was_cut_in_two_got_onto_the_bus();

        return EXIT_SUCCESS;
}
