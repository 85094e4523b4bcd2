/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * wwn_parse(): what it accepts has one of the known lengths, is printed in the one form and parses
 * to the same number again; what it refuses leaves the result alone.
 */

#include "common/cleanup.h"
#include "common/wwn.h"
#include "tests/fuzz/fuzz.h"

static void check_accepted(const char *s, Wwn wwn) {
        char colons[WWN_COLONS_SIZE];
        size_t length = strlen(s);
        Wwn again = 0;

        assert(length == 16 || length == 18 || length == 23);
        assert(wwn != 0 && wwn != UINT64_MAX);
        assert(strlen(WWN_STR(wwn)) == WWN_STRING_LEN);

        assert(wwn_parse(WWN_STR(wwn), &again) == 0 && again == wwn);
        again = 0;
        assert(wwn_parse(wwn_format_colons(wwn, colons), &again) == 0 && again == wwn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *s = fuzz_string(data, size);
        Wwn wwn = 42;

        if (wwn_parse(s, &wwn) < 0) {
                assert(wwn == 42);
                return 0;
        }

        check_accepted(s, wwn);
        fuzz_planted_fault(data, size, s[2] == '-' && wwn >> 60 >= 0xc);
        return 0;
}
