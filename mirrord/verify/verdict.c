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

static void describe_unsettled(Compare *compare, char words[static VERDICT_WORDS_MAX]) {
        const char *why = compare->n_untold == 0 ? "were written to at every look"
                          : compare->n_hot == 0  ? "differ, with a mirror that is not up to date"
                                                 : "differ or were written to at every look";

        (void) snprintf(words, VERDICT_WORDS_MAX, "%zu blocks %s, bytes",
                        compare->n_hot + compare->n_untold, why);
        append_ranges(&compare->unsettled, compare->sample.size, words);
}

void verdict_describe(Compare *compare, char words[static VERDICT_WORDS_MAX]) {
        if (compare->different.n > 0) {
                (void) snprintf(words, VERDICT_WORDS_MAX, "differs at bytes");
                append_ranges(&compare->different, compare->sample.size, words);
        } else if (compare->unsettled.n > 0)
                describe_unsettled(compare, words);
        else
                (void) snprintf(words, VERDICT_WORDS_MAX,
                                "%" PRIu64 " bytes of %" PRIu64 " are the same", compare->done,
                                compare->sample.size);
}
