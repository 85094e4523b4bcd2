/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wwn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WWN_PAIRS 8

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;

        return -1;
}

/* Eight pairs of digits with the separator between them, '\0' for none, and nothing after. */
static int parse_pairs(const char *s, char separator, Wwn *ret) {
        Wwn wwn = 0;

        for (unsigned i = 0; i < WWN_PAIRS; i++) {
                int high, low;

                if (i > 0 && separator != '\0' && *s++ != separator)
                        return -EINVAL;

                high = hex_digit(s[0]);
                if (high < 0)
                        return -EINVAL;
                low = hex_digit(s[1]);
                if (low < 0)
                        return -EINVAL;

                wwn = wwn << 8 | (unsigned) high << 4 | (unsigned) low;
                s += 2;
        }
        if (*s != '\0')
                return -EINVAL;

        *ret = wwn;
        return 0;
}

int wwn_parse(const char *s, Wwn *ret) {
        char separator = '\0';
        Wwn wwn;
        int r;

        if (strncasecmp(s, "0x", 2) == 0)
                s += 2;
        else if (strlen(s) > 2 && (s[2] == ':' || s[2] == '-'))
                separator = s[2];

        r = parse_pairs(s, separator, &wwn);
        if (r < 0)
                return r;
        if (wwn == 0 || wwn == UINT64_MAX)
                return -EINVAL;

        *ret = wwn;
        return 0;
}

bool wwn_has_valid_naa(Wwn wwn) {
        unsigned naa = wwn >> 60;

        return naa == 1 || naa == 2 || naa == 5 || naa == 6 || naa >= 0xc;
}

const char *wwn_format(Wwn wwn, WwnString ret) {
        static const char digits[] = "0123456789abcdef";

        /* Not printf: a list of ten thousand paths has forty thousand of them. */
        for (unsigned i = 0; i < WWN_STRING_LEN; i++)
                ret[i] = digits[wwn >> (60 - 4 * i) & 0xf];
        ret[WWN_STRING_LEN] = '\0';
        return ret;
}

const char *wwn_format_colons(Wwn wwn, char ret[static WWN_COLONS_SIZE]) {
        for (unsigned i = 0; i < WWN_PAIRS; i++) {
                unsigned byte = wwn >> (56 - 8 * i) & 0xff;

                (void) snprintf(ret + 3 * i, 4, i < WWN_PAIRS - 1 ? "%02x:" : "%02x", byte);
        }

        return ret;
}
