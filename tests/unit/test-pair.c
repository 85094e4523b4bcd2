/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/pair.h"

#include <assert.h>
#include <string.h>

#define A UINT64_C(0x2101001b32a90002)
#define B UINT64_C(0x2101001b32a90004)
#define C UINT64_C(0x2101001b32a90006)

static void expect(const PairSide *side, const char *words) {
        _cleanup_free_ char *found = NULL;

        assert(pair_describe(side, &found) >= 0);
        assert(strcmp(found, words) == 0);
}

static void test_two_that_name_each_other_agree(void) {
        Definition a = { .wwpn = A, .peer = B, .role = ROLE_PRIMARY };
        Definition b = { .wwpn = B, .peer = A, .role = ROLE_SECONDARY };

        expect(&(PairSide){ .own = &a, .peer = &b }, "agreed");
        expect(&(PairSide){ .own = &b, .peer = &a }, "agreed");
}

static void test_no_peer_is_no_pair(void) {
        Definition a = { .wwpn = A };

        expect(&(PairSide){ .own = &a }, "none");
        expect(&(PairSide){}, "none");
}

static void test_every_disagreement_has_words(void) {
        Definition a = { .wwpn = A, .peer = B, .role = ROLE_PRIMARY };
        Definition same_role = { .wwpn = B, .peer = A, .role = ROLE_PRIMARY };
        Definition elsewhere = { .wwpn = B, .peer = C, .role = ROLE_SECONDARY };
        Definition alone = { .wwpn = B };

        expect(&(PairSide){ .own = &a }, "2101001b32a90004 is not defined");
        expect(&(PairSide){ .own = &a, .peer_is_bad = true },
               "the definition of 2101001b32a90004 cannot be read");
        expect(&(PairSide){ .own = &a, .peer = &alone }, "2101001b32a90004 names no peer");
        expect(&(PairSide){ .own = &a, .peer = &elsewhere },
               "the peer names another one, 2101001b32a90006");
        expect(&(PairSide){ .own = &a, .peer = &same_role }, "both are primary");
        expect(&(PairSide){ .own = &alone, .claimed_by = A },
               "2101001b32a90002 names this one as its peer, unanswered");
}

int main(void) {
        test_two_that_name_each_other_agree();
        test_no_peer_is_no_pair();
        test_every_disagreement_has_words();
        return 0;
}
