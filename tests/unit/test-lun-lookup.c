/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/lookup.h"

#include <assert.h>
#include <string.h>

#define INITIATOR 0x2101001b32a90004
#define NODE 0x2001001b32a90004
#define TARGET_A 0x500507680b000001
#define TARGET_B 0x500507680b000002

typedef struct Lun {
        uint32_t target; /* 0: A, 1: B */
        uint64_t number;
        const char *wwid;
        const char *disk;
        PathState state;
        bool has_no_link;
} Lun;

static void add(Index *index, Wwn initiator, const Lun *lun) {
        const Path fields = {
                .key = { initiator,
                         lun->target ? TARGET_B : TARGET_A,
                         { (uint32_t) (initiator & 0xff), 0, lun->target, lun->number } },
                .initiator_node = NODE,
                .state = lun->state ?: PATH_RUNNING,
                .rport_state = RPORT_ONLINE,
        };
        PathLink link;
        const char *links[] = { path_format_link(&fields.key, link) };
        Path *path, *old;

        assert(path_new(&fields, lun->disk, lun->wwid, links, !lun->has_no_link, &path) == 0);
        assert(index_put(index, path, &old) == 0);
        assert(!old);
}

/* 0, or the error, with the words it comes with. */
static int find(const Index *index, Wwn node, const char *lun, Lookup *lookup) {
        LunSpec spec;

        assert(lun_spec_parse(lun, &spec) == 0);
        return lookup_find(index, NULL, &(Port){ PATH_FC, INITIATOR }, node, &spec, lookup);
}

static void test_words_for_a_lun_are_understood(void) {
        LunSpec spec;

        assert(lun_spec_parse("", &spec) == 0 && spec.kind == LUN_ANY);
        assert(lun_spec_parse("0", &spec) == 0 && spec.kind == LUN_NUMBER && spec.number == 0);
        assert(lun_spec_parse("18446744073709551615", &spec) == 0 && spec.number == UINT64_MAX);
        assert(lun_spec_parse("wwid:6001405", &spec) == 0 && spec.kind == LUN_WWID);
        assert(lun_spec_parse("NAA.6001405", &spec) == 0 && spec.kind == LUN_WWID);
        assert(lun_spec_parse("eui.0025385b61504d5e", &spec) == 0 && spec.kind == LUN_WWID);
}

static void test_other_words_are_refused(void) {
        static const char *const malformed[] = {
                "x",
                "-1",
                "0x10",
                "00",
                "1 ",
                "wwid:",
                "naa.",
                "18446744073709551616",
                "000000000000000000000000000000001",
                "6001405a",
                "/dev/sda",
        };
        LunSpec spec;

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
                assert(lun_spec_parse(malformed[i], &spec) == -EINVAL);
}

static void test_the_only_lun_needs_no_name(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 7, "naa.1", "sda" });
        add(&index, INITIATOR, &(Lun){ 1, 7, "naa.1", "sdb" });
        add(&index, INITIATOR + 1, &(Lun){ 0, 8, "naa.2", "sdc" });

        assert(find(&index, 0, "", &lookup) == 0);
        assert(lookup.n_paths == 2);
        assert(strcmp(path_name(lookup.paths[0]), "sda") == 0);
        assert(strcmp(path_name(lookup.paths[1]), "sdb") == 0);
        assert(lookup.best == lookup.paths[0]);
}

static void test_a_controller_is_no_lun(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 }, none = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 0, "naa.0", "" });
        add(&index, INITIATOR, &(Lun){ 0, 1, "naa.1", "sda" });

        assert(find(&index, 0, "", &lookup) == 0);
        assert(lookup.n_paths == 1 && lookup.best->key.hctl.lun == 1);
        assert(find(&index, 0, "0", &none) == -ENOENT);
}

static void test_two_luns_are_told_apart_by_number_and_wwid(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup any = { 0 }, number = { 0 }, wwid = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 0, "naa.aa", "sda" });
        add(&index, INITIATOR, &(Lun){ 0, 1, "naa.bb", "sdb" });
        add(&index, INITIATOR, &(Lun){ 1, 0, "naa.aa", "sdc" });
        add(&index, INITIATOR, &(Lun){ 1, 1, "naa.bb", "sdd" });

        assert(find(&index, 0, "", &any) == -ENOTUNIQ);
        assert(strstr(any.refusal, "LUN 0 on 500507680b000001 (naa.aa), LUN 1 on "
                                   "500507680b000001 (naa.bb)."));

        assert(find(&index, 0, "1", &number) == 0);
        assert(number.n_paths == 2 && strcmp(path_name(number.paths[1]), "sdd") == 0);
        assert(find(&index, 0, "wwid:AA", &wwid) == 0);
        assert(wwid.n_paths == 2 && strcmp(path_name(wwid.paths[1]), "sdc") == 0);
}

static void test_one_number_for_two_luns_is_ambiguous(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 0, "naa.aa", "sda" });
        add(&index, INITIATOR, &(Lun){ 1, 0, "naa.bb", "sdb" });

        assert(find(&index, 0, "0", &lookup) == -ENOTUNIQ);
        assert(strstr(lookup.refusal, "LUN 0 on 500507680b000001 (naa.aa), LUN 0 on "
                                      "500507680b000002 (naa.bb)."));
        assert(strstr(lookup.refusal, "by its WWID"));
}

static void test_without_wwids_two_paths_are_not_known_to_be_one_lun(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup one = { 0 }, two = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 0, "", "sda" });
        assert(find(&index, 0, "0", &one) == 0);

        add(&index, INITIATOR, &(Lun){ 1, 0, "", "sdb" });
        assert(find(&index, 0, "0", &two) == -ENOTUNIQ);
}

static void test_a_missing_lun_says_what_is_there(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup number = { 0 }, wwid = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 3, "naa.aa", "sda" });
        add(&index, INITIATOR + 1, &(Lun){ 0, 4, "naa.bb", "sdb" });

        assert(find(&index, 0, "4", &number) == -ENOENT);
        assert(strcmp(number.refusal, "No LUN 4 is behind 2101001b32a90004; there is LUN 3 on "
                                      "500507680b000001 (naa.aa).") == 0);
        assert(find(&index, 0, "wwid:bb", &wwid) == -ENOENT);
        assert(strstr(wwid.refusal, "No LUN with the WWID bb"));
}

static void test_thousands_of_luns_do_not_make_a_book(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 };

        for (unsigned i = 0; i < 4000; i++) {
                char wwid[32];

                (void) snprintf(wwid, sizeof wwid, "naa.%u", i);
                add(&index, INITIATOR, &(Lun){ 0, i, wwid, "sda" });
        }

        assert(find(&index, 0, "", &lookup) == -ENOTUNIQ);
        assert(strlen(lookup.refusal) < 2000);
        assert(strstr(lookup.refusal, ", and more"));
}

static void test_an_unknown_initiator_is_not_explained_here(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 };

        add(&index, INITIATOR + 1, &(Lun){ 0, 3, "naa.aa", "sda" });
        assert(find(&index, 0, "", &lookup) == -ENXIO);
        assert(!lookup.refusal);
}

static void test_the_node_name_must_be_the_initiators(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup right = { 0 }, wrong = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 3, "naa.aa", "sda" });
        assert(find(&index, NODE, "", &right) == 0);
        assert(find(&index, NODE + 1, "", &wrong) == -EADDRNOTAVAIL);
        assert(strstr(wrong.refusal, "2001001b32a90004"));
}

static void test_the_best_path_works_and_has_a_link(void) {
        _cleanup_(index_done) Index index = { 0 };
        _cleanup_(lookup_done) Lookup lookup = { 0 };

        add(&index, INITIATOR, &(Lun){ 0, 0, "naa.1", "sda", PATH_OFFLINE });
        add(&index, INITIATOR, &(Lun){ 1, 0, "naa.1", "sdb" });
        add(&index, INITIATOR, &(Lun){ 1, 1, "naa.1", "sdc", .has_no_link = true });

        assert(find(&index, 0, "wwid:1", &lookup) == 0);
        assert(lookup.n_paths == 3);
        assert(strcmp(path_name(lookup.best), "sdb") == 0);
}

int main(void) {
        test_words_for_a_lun_are_understood();
        test_other_words_are_refused();
        test_the_only_lun_needs_no_name();
        test_a_controller_is_no_lun();
        test_two_luns_are_told_apart_by_number_and_wwid();
        test_one_number_for_two_luns_is_ambiguous();
        test_without_wwids_two_paths_are_not_known_to_be_one_lun();
        test_a_missing_lun_says_what_is_there();
        test_thousands_of_luns_do_not_make_a_book();
        test_an_unknown_initiator_is_not_explained_here();
        test_the_node_name_must_be_the_initiators();
        test_the_best_path_works_and_has_a_link();
        return 0;
}
