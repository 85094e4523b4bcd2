/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-object.h"

#include "common/cleanup.h"

#include <assert.h>
#include <string.h>

static void test_what_is_below_a_root_is_found(void) {
        static const char *const others[] = { "/",           "/org/job",      "/org/job/",
                                              "/org/jobs/7", "/org/target/7", "/or" };

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(!bus_path_below(others[i], "/org/job"));
        assert(strcmp(bus_path_below("/org/job/7", "/org/job"), "7") == 0);
        assert(strcmp(bus_path_below("/org/job/7/8", "/org/job"), "7/8") == 0);
}

static void test_paths_end_with_none(void) {
        _cleanup_(bus_paths_free) char **paths = NULL;
        size_t n = 0;

        assert(bus_paths_add(&paths, &n, "/a") == 0 && bus_paths_add(&paths, &n, "/b") == 0);
        assert(n == 2 && strcmp(paths[0], "/a") == 0 && strcmp(paths[1], "/b") == 0 && !paths[2]);
}

int main(void) {
        test_what_is_below_a_root_is_found();
        test_paths_end_with_none();
        return EXIT_SUCCESS;
}
