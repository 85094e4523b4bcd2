/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * attr_clean(), what becomes of any bytes that the kernel or a device puts into sysfs: text that a
 * terminal and the bus can take, no longer than it was.
 */

#include "common/cleanup.h"
#include "common/escape.h"
#include "common/file.h"
#include "tests/fuzz/fuzz.h"

#include <locale.h>
#include <wchar.h>
#include <wctype.h>

/* The C library's opinion, which is not ours. */
static unsigned count_characters(const char *s, unsigned *ret_wide) {
        mbstate_t state = { 0 };
        unsigned n = 0, wide = 0;

        while (*s != '\0') {
                wchar_t c;
                size_t size;

                size = mbrtowc(&c, s, strlen(s), &state);
                assert(size != (size_t) -1 && size != (size_t) -2);
                assert(!iswcntrl((wint_t) c));
                s += size;
                wide += size == 4;
                n++;
        }

        *ret_wide = wide;
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = malloc(size + 1), *again = NULL;
        unsigned n, wide;
        ssize_t length;

        assert(setlocale(LC_CTYPE, "C.UTF-8"));
        assert(text);
        if (size > 0)
                memcpy(text, data, size);

        length = attr_clean(text, size);
        assert(length >= 0 && (size_t) length <= size);
        assert(strlen(text) == (size_t) length);
        assert(length == 0 || text[length - 1] != ' ');

        n = count_characters(text, &wide);

        /* Clean text stays as it is. */
        again = strdup(text);
        assert(again);
        assert(strcmp(escape_in_place(again), text) == 0);

        fuzz_planted_fault(data, size, wide > 0 && n > 4 && text[0] == 'L');
        return 0;
}
