/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/escape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What sd-bus takes as text: Unicode without surrogates and non-characters; and no controls. */
static bool is_harmless(uint32_t c) {
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
                return false;
        if (c >= 0xd800 && c <= 0xdfff)
                return false;
        if (c >= 0xfdd0 && c <= 0xfdef)
                return false;
        /* Line and paragraph separators; what turns the direction of the text around it. */
        if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
                return false;

        return (c & 0xfffe) != 0xfffe && c <= 0x10ffff;
}

/* How many bytes the harmless character at the start of s takes; 0 when there is none. */
static size_t character_size(const unsigned char *s) {
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        uint32_t c;
        size_t size;

        if (s[0] < 0x80)
                return is_harmless(s[0]) ? 1 : 0;

        if ((s[0] & 0xe0) == 0xc0) {
                size = 2;
                c = s[0] & 0x1f;
        } else if ((s[0] & 0xf0) == 0xe0) {
                size = 3;
                c = s[0] & 0x0f;
        } else if ((s[0] & 0xf8) == 0xf0) {
                size = 4;
                c = s[0] & 0x07;
        } else
                return 0;

        for (size_t i = 1; i < size; i++) {
                /* Ends at the NUL as well. */
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }

        return c >= smallest[size] && is_harmless(c) ? size : 0;
}

char *escape_in_place(char *s) {
        for (unsigned char *p = (unsigned char *) s; *p != '\0';) {
                size_t size = character_size(p);

                if (size == 0) {
                        *p = '?';
                        size = 1;
                }
                p += size;
        }

        return s;
}
