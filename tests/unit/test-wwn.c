/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "common/wwn.h"

#include <assert.h>
#include <string.h>

static void test_every_spelling_is_the_same_name(void) {
        static const char *const spellings[] = {
                "2100001b32a90004",        "2100001B32A90004",        "0x2100001b32a90004",
                "0X2100001B32A90004",      "21:00:00:1b:32:a9:00:04", "21:00:00:1B:32:A9:00:04",
                "21-00-00-1b-32-a9-00-04",
        };

        for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
                Wwn wwn = 0;

                assert(wwn_parse(spellings[i], &wwn) == 0);
                assert(wwn == 0x2100001b32a90004);
        }
}

static void test_malformed_is_refused(void) {
        static const char *const malformed[] = {
                "",
                "0x",
                "2",
                "21",
                "21:",
                "21::00",
                "2100001b32a9000",
                "2100001b32a900040",
                "0x2100001b32a9000",
                "0x2100001b32a900040",
                "0x0x2100001b32a90004",
                "0x21:00:00:1b:32:a9:00:04",
                "g100001b32a90004",
                "2100001b32a9000g",
                " 2100001b32a90004",
                "2100001b32a90004 ",
                "2100001b32a90004\n",
                "+100001b32a90004",
                "-100001b32a90004",
                "21:00:00:1b:32:a9:00",
                "21:00:00:1b:32:a9:00:04:",
                "21:00:00:1b:32:a9:00:04:05",
                "21:00:00:1b:32:a9:00-04",
                "21:00:00:1b:32:a90:0:04",
                "21 00 00 1b 32 a9 00 04",
                "2100:001b:32a9:0004",
                "naa.2100001b32a90004",
                "\xef\xbc\x92\x31\x30\x30\x30\x30\x31\x62\x33\x32\x61\x39\x30\x30\x30\x34",
        };

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                Wwn wwn = 42;

                assert(wwn_parse(malformed[i], &wwn) == -EINVAL);
                assert(wwn == 42);
        }
}

static void test_not_set_is_no_name(void) {
        static const char *const unset[] = {
                "0000000000000000",        "0x0000000000000000", "00:00:00:00:00:00:00:00",
                "ffffffffffffffff",        "0xFFFFFFFFFFFFFFFF", "ff:ff:ff:ff:ff:ff:ff:ff",
                "FF-ff-ff-ff-ff-ff-ff-ff",
        };

        for (size_t i = 0; i < ARRAY_LEN(unset); i++) {
                Wwn wwn = 42;

                assert(wwn_parse(unset[i], &wwn) == -EINVAL);
                assert(wwn == 42);
        }
}

static void test_every_bit_counts(void) {
        for (unsigned bit = 0; bit < 64; bit++) {
                Wwn wwn = (Wwn) 1 << bit, parsed = 0;
                char colons[WWN_COLONS_SIZE];

                assert(wwn_parse(WWN_STR(wwn), &parsed) == 0);
                assert(parsed == wwn);

                assert(wwn_parse(wwn_format_colons(wwn, colons), &parsed) == 0);
                assert(parsed == wwn);
        }
}

static void test_names_are_printed_in_one_form(void) {
        char colons[WWN_COLONS_SIZE];
        WwnString plain;

        assert(strcmp(wwn_format(0x0a0000FFu, plain), "000000000a0000ff") == 0);
        assert(wwn_format(1, plain) == plain);
        assert(strcmp(wwn_format_colons(0x2100001B32A90004, colons), "21:00:00:1b:32:a9:00:04") ==
               0);
        assert(strcmp(WWN_STR(0x2100001B32A90004), "2100001b32a90004") == 0);
}

static void test_only_naas_that_fabrics_accept_are_valid(void) {
        static const bool valid[16] = {
                [1] = true,   [2] = true,   [5] = true,   [6] = true,
                [0xc] = true, [0xd] = true, [0xe] = true, [0xf] = true,
        };

        for (unsigned naa = 0; naa < 16; naa++)
                assert(wwn_has_valid_naa((Wwn) naa << 60 | 0x1b32a90004) == valid[naa]);
}

int main(void) {
        test_every_spelling_is_the_same_name();
        test_malformed_is_refused();
        test_not_set_is_no_name();
        test_every_bit_counts();
        test_names_are_printed_in_one_form();
        test_only_naas_that_fabrics_accept_are_valid();

        return EXIT_SUCCESS;
}
