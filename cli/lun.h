/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The LUNs that paths add up to, and what a definition expects of them. The strings of a Lun are
 * those of the list that it was made from.
 */

#include "cli/lun-path.h"

/* One LUN behind one initiator: a run of paths in an ordered list. */
typedef struct Lun {
        uint64_t number;
        const char *wwid;
        uint64_t size_bytes;
        size_t n_paths;
        size_t n_usable;  /* running, and the target port Online */
        const char *node; /* of the first path that has one */
} Lun;

/* What one "NUMBER [wwid:WWID] [paths:COUNT]" asks for, as in npivot.vhba(5). */
typedef struct Expectation {
        uint64_t number;
        char wwid[128];   /* "" for any */
        uint64_t n_paths; /* at least */
} Expectation;

/*
 * The LUNs behind an initiator, by number and WWID. *ret is the caller's to free. Returns how many,
 * or a negative errno.
 */
int lun_group(const LunPathList *list, const char *initiator, Lun **ret);

Json *lun_to_json(const Lun *lun);

/* The same LUN? With or without "naa." or "eui.", in either case. */
bool wwid_equal(const char *a, const char *b);

/* -EINVAL for what npivot.vhba(5) does not allow: a newer vhbad may tell such. */
int expectation_parse(const char *s, Expectation *ret);

/* "missing", "other WWID", "2 of 4 paths" or "ok"; ret_met says whether it is the last. */
const char *expectation_check(const Expectation *expectation, const Lun *luns, size_t n_luns,
                              char *buf, size_t size, bool *ret_met);

/* One line of Expect as an object, and all of them; one that cannot be understood has only "text".
 */
Json *expectation_to_json(const char *text);
Json *expectations_to_json(char *const *expect);
