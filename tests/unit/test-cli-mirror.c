/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/complain.h"
#include "cli/mirror-disk.h"
#include "cli/mirror-format.h"

#include <assert.h>
#include <string.h>

static void test_bytes_are_numbers_with_a_unit_of_1024s(void) {
        static const struct {
                const char *word;
                uint64_t bytes;
        } good[] = { { "0", 0 },
                     { "512", 512 },
                     { "100M", UINT64_C(104857600) },
                     { "1.5G", UINT64_C(1610612736) },
                     { "2T", UINT64_C(2199023255552) } };
        static const char *const bad[] = {
                "",    "G",   "-1",  "+1",     " 1",  "1 ",  "1GB",
                "1.1", ".5G", "0x1", "1.2.3G", "1e9", "inf", "9999999T"
        };
        uint64_t bytes;

        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                assert(mirror_parse_bytes(good[i].word, &bytes) == 0);
                assert(bytes == good[i].bytes);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                bytes = 42;
                assert(mirror_parse_bytes(bad[i], &bytes) == -EINVAL);
                assert(bytes == 42);
        }
}

static void test_what_is_left_is_told_in_two_units_at_most(void) {
        static const struct {
                uint64_t seconds;
                const char *text;
        } etas[] = {
                { 1, "1 s" },    { 59, "59 s" },  { 60, "1 min" },       { 200, "3 min 20 s" },
                { 3600, "1 h" }, { 3659, "1 h" }, { 3900, "1 h 5 min" }, { 183600, "2 d 3 h" }
        };
        char buf[MIRROR_TEXT_MAX];

        for (size_t i = 0; i < ARRAY_LEN(etas); i++)
                assert(strcmp(mirror_format_eta(etas[i].seconds * 1000000, buf), etas[i].text) ==
                       0);
        assert(strcmp(mirror_format_eta(0, buf), "now") == 0);
        assert(strcmp(mirror_format_eta(1, buf), "1 s") == 0);
        assert(strcmp(mirror_format_eta(UINT64_MAX, buf), "-") == 0);
}

static void test_a_hundred_percent_means_that_nothing_is_left(void) {
        assert(mirror_percent(0, 0) == 0);
        assert(mirror_percent(999, 1000) == 99);
        assert(mirror_percent(UINT64_MAX - 1, UINT64_MAX) <= 100);
        assert(mirror_percent(1000, 1000) == 100);
        assert(mirror_percent(1001, 1000) == 100);
}

static void test_a_bar_has_its_width_however_full_it_is(void) {
        char bar[3 * MIRROR_BAR_WIDTH + 1];

        for (unsigned percent = 0; percent <= 100; percent++)
                assert(strlen(mirror_format_bar(percent, bar)) == 3 * MIRROR_BAR_WIDTH);
        assert(!strstr(mirror_format_bar(100, bar), "░"));
        assert(!strstr(mirror_format_bar(0, bar), "█"));
}

static void test_a_disk_names_node_place_and_size(void) {
        _cleanup_(disk_words_done) DiskWords disk = { 0 };

        assert(disk_words_parse("vda=fmt:/srv/a,,b:c.raw,size=1G,format=qcow2,overwrite=yes",
                                DISK_NODE | DISK_PLACE, &disk) == 0);
        assert(strcmp(disk.name, "vda") == 0 && strcmp(disk.node, "fmt") == 0);
        assert(strcmp(disk.path, "/srv/a,b:c.raw") == 0);
        assert(strcmp(disk.format, "qcow2") == 0 && !disk.preallocation && disk.overwrite);
        assert(disk.size_bytes == UINT64_C(1073741824));
}

static void test_a_disk_that_says_too_little_or_too_much_is_refused(void) {
        static const struct {
                const char *word;
                DiskNeed need;
        } wrong[] = {
                { "", DISK_NODE },
                { "vda", DISK_NODE },
                { "vda=", DISK_NODE },
                { "vda=n:/x,size=1G", DISK_NODE },
                { "vda=n", DISK_NODE | DISK_PLACE },
                { "vda=n:/x", DISK_NODE | DISK_PLACE },
                { "vda=n:x,size=1G", DISK_NODE | DISK_PLACE },
                { "vda:/x,size=1G", DISK_NODE | DISK_PLACE },
                { "vda=n:/x,size=1G", DISK_PLACE },
                { "vda:/x,size=513", DISK_PLACE },
                { "vda:/x,size=0", DISK_PLACE },
                { "vda:/x,size=1G,format=vmdk", DISK_PLACE },
                { "vda:/x,siez=1G", DISK_PLACE },
                { "vda:/x,size", DISK_PLACE },
        };

        for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
                DiskWords disk = { 0 };

                assert(disk_words_parse(wrong[i].word, wrong[i].need, &disk) == EXIT_USAGE);
                assert(!disk.text);
        }
}

int main(void) {
        test_a_disk_names_node_place_and_size();
        test_a_disk_that_says_too_little_or_too_much_is_refused();
        test_bytes_are_numbers_with_a_unit_of_1024s();
        test_what_is_left_is_told_in_two_units_at_most();
        test_a_hundred_percent_means_that_nothing_is_left();
        test_a_bar_has_its_width_however_full_it_is();

        return EXIT_SUCCESS;
}
