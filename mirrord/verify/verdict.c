/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/verdict.h"

#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define RANGE_TEXT_MAX 48
#define MORE_TEXT_MAX 32

static void append_ranges(Ranges *ranges, uint64_t size, char words[static VERDICT_WORDS_MAX]) {
        Range some[VERDICT_RANGES_MAX];
        size_t n = ranges_join(ranges, size, some, VERDICT_RANGES_MAX), length, i;

        for (i = 0; i < n && i < VERDICT_RANGES_MAX; i++) {
                length = strlen(words);
                if (length + RANGE_TEXT_MAX + MORE_TEXT_MAX > VERDICT_WORDS_MAX)
                        break;
                (void) snprintf(words + length, VERDICT_WORDS_MAX - length,
                                "%s%" PRIu64 "-%" PRIu64, i == 0 ? " " : ", ", some[i].first,
                                some[i].last);
        }
        length = strlen(words);
        if (i < n)
                (void) snprintf(words + length, VERDICT_WORDS_MAX - length, " and %zu more", n - i);
}

static void describe_hot(Compare *compare, char words[static VERDICT_WORDS_MAX]) {
        (void) snprintf(words, VERDICT_WORDS_MAX, "%zu blocks were written to at every look, bytes",
                        compare->hot.n);
        append_ranges(&compare->hot, compare->sample.size, words);
}

/* Where the hot ones are matters less, and is in the journal. */
static void describe_untold(Compare *compare, char words[static VERDICT_WORDS_MAX]) {
        size_t length = 0;

        if (compare->hot.n > 0)
                length = (size_t) snprintf(words, VERDICT_WORDS_MAX,
                                           "%zu blocks were written to at every look, and ",
                                           compare->hot.n);
        (void) snprintf(words + length, VERDICT_WORDS_MAX - length,
                        "%zu blocks differ, with a mirror that is not up to date, bytes",
                        compare->untold.n);
        append_ranges(&compare->untold, compare->sample.size, words);
}

void verdict_describe(Compare *compare, char words[static VERDICT_WORDS_MAX]) {
        if (compare->different.n > 0) {
                (void) snprintf(words, VERDICT_WORDS_MAX, "differs at bytes");
                append_ranges(&compare->different, compare->sample.size, words);
        } else if (compare->untold.n > 0)
                describe_untold(compare, words);
        else if (compare->hot.n > 0)
                describe_hot(compare, words);
        else
                (void) snprintf(words, VERDICT_WORDS_MAX,
                                "%" PRIu64 " bytes of %" PRIu64 " are the same", compare->done,
                                compare->sample.size);
}
