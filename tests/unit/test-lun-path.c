/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/cursor.h"
#include "lunwatch/path/path.h"
#include "lunwatch/path/wwid.h"

#include <assert.h>
#include <string.h>

static const Path fields = {
        .key = { 0x2101001b32a90004, 0x500507680b000001, { 6, 0, 1, 3 } },
        .initiator_node = 0x2001001b32a90004,
        .size_bytes = 1 << 30,
        .major = 8,
        .minor = 16,
        .rport_number = 2,
        .state = PATH_RUNNING,
        .rport_state = RPORT_ONLINE,
        .is_vhba = true,
};

#define OWN_LINK "by-vhba/2101001b32a90004-500507680b000001-lun-3"

static Path *make(const char *wwid, const char *const *links, size_t n_links) {
        Path *path;

        assert(path_new(&fields, "sdb", wwid, links, n_links, &path) == 0);
        return path;
}

static void test_a_record_keeps_what_it_was_made_of(void) {
        static const char *const links[] = { "by-path/b", "by-id/a" };
        _cleanup_(path_freep) Path *path = make("naa.6001405", links, 2);
        const char *link;

        assert(strcmp(path_name(path), "sdb") == 0);
        assert(strcmp(path_wwid(path), "naa.6001405") == 0);
        assert(path_has_disk(path));
        assert(path->size_bytes == 1 << 30 && path->is_vhba && !path->has_link);

        link = path_next_link(path, NULL);
        assert(strcmp(link, "by-id/a") == 0);
        link = path_next_link(path, link);
        assert(strcmp(link, "by-path/b") == 0);
        assert(!path_next_link(path, link));
}

static void test_a_record_without_strings_has_none(void) {
        _cleanup_(path_freep) Path *path = NULL;

        assert(path_new(&fields, "", "", NULL, 0, &path) == 0);
        assert(!path_has_disk(path));
        assert(path_wwid(path)[0] == '\0');
        assert(!path_next_link(path, NULL));
}

static void test_the_paths_own_link_is_known_by_its_name(void) {
        static const char *const links[] = { "by-path/b", OWN_LINK, "by-id/a" };
        _cleanup_(path_freep) Path *path = make("", links, 3);
        PathLink link;

        assert(path->has_link);
        assert(path->n_links == 2);
        assert(strcmp(path_format_link(&path->key, link), OWN_LINK) == 0);
}

static void test_the_link_of_another_path_is_not_shown(void) {
        static const char *const links[] = {
                "by-vhba/2101001b32a90004-500507680b000001-lun-4",
                "by-vhba/2101001b32a90005-500507680b000001-lun-3",
        };
        _cleanup_(path_freep) Path *path = make("", links, 2);

        assert(!path->has_link);
        assert(path->n_links == 0);
}

static void test_every_visible_difference_is_seen(void) {
        static const char *const links[] = { "by-id/a", "by-id/b", OWN_LINK };
        _cleanup_(path_freep) Path *path = make("naa.1", links, 2);
        _cleanup_(path_freep) Path *same = make("naa.1", links, 2);
        _cleanup_(path_freep) Path *fewer = make("naa.1", links, 1);
        _cleanup_(path_freep) Path *own = make("naa.1", links, 3);
        _cleanup_(path_freep) Path *other = make("naa.2", links, 2);

        assert(path_equals(path, same));
        assert(!path_equals(path, fewer));
        assert(!path_equals(path, own));
        assert(!path_equals(path, other));

        same->state = PATH_OFFLINE;
        assert(!path_equals(path, same));
        same->state = path->state;
        same->rport_state = RPORT_BLOCKED;
        assert(!path_equals(path, same));
        same->rport_state = path->rport_state;
        same->size_bytes++;
        assert(!path_equals(path, same));
}

static void test_two_vports_never_share_a_link(void) {
        PathKey one = fields.key, other = fields.key;
        PathLink a, b;

        other.initiator++;
        assert(strcmp(path_format_link(&one, a), path_format_link(&other, b)) != 0);
}

static void test_the_longest_link_fits(void) {
        const PathKey key = { UINT64_MAX, UINT64_MAX, { .lun = UINT64_MAX } };
        PathLink link;

        (void) path_format_link(&key, link);
        assert(strcmp(link, "by-vhba/ffffffffffffffff-ffffffffffffffff-lun-"
                            "18446744073709551615") == 0);
}

static void test_strings_beyond_all_measure_are_refused(void) {
        static char huge[70000];
        Path *path = NULL;

        memset(huge, 'x', sizeof huge - 1);
        assert(path_new(&fields, "sdb", huge, NULL, 0, &path) == -E2BIG);
        assert(!path);
}

static void test_the_kernels_words_are_understood_and_others_unknown(void) {
        assert(path_state_parse("running") == PATH_RUNNING);
        assert(path_state_parse("transport-offline") == PATH_TRANSPORT_OFFLINE);
        assert(path_state_parse("\x01") == PATH_UNKNOWN);
        assert(strcmp(path_state_text(path_state_parse("created-blocked")), "created-blocked") ==
               0);
        assert(rport_state_parse("Not Present") == RPORT_NOT_PRESENT);
        assert(rport_state_parse("") == RPORT_UNKNOWN);
        assert(strcmp(rport_state_text(rport_state_parse("Blocked")), "Blocked") == 0);
}

static void test_spellings_of_one_wwid_are_one(void) {
        static const char *const spellings[] = {
                "naa.60014050000000100004000800000000",
                "NAA.60014050000000100004000800000000",
                "wwid:60014050000000100004000800000000",
                "wwid:naa.60014050000000100004000800000000",
                "wwid:360014050000000100004000800000000",
                "60014050000000100004000800000000",
        };

        for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
                assert(wwid_equals(spellings[0], spellings[i]));
        assert(wwid_equals("naa.600140500ABCDEF0", "wwid:600140500abcdef0"));
}

static void test_other_wwids_are_others(void) {
        assert(!wwid_equals("naa.6001", "naa.6002"));
        assert(!wwid_equals("naa.6001", "eui.6001"));
        assert(!wwid_equals("naa.30014050000000100004000800000000", "naa.0014050000000100004"));
        assert(!wwid_equals("t10.LIO  a", "t10.LIO  b"));
}

static void test_a_cursor_comes_back_as_it_was(void) {
        const PathKey keys[] = {
                fields.key,
                { UINT64_MAX, UINT64_MAX, { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX } },
                { .transport = PATH_ISCSI },
        };

        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
                PathKey back;
                Cursor text;

                assert(cursor_parse(cursor_format(&keys[i], text), &back) == 0);
                assert(path_key_compare(&keys[i], &back) == 0);
        }
}

static void test_a_forged_cursor_is_refused(void) {
        PathKey key;
        Cursor text;

        assert(cursor_parse("", &key) == -EINVAL);
        assert(cursor_parse("0", &key) == -EINVAL);
        (void) cursor_format(&fields.key, text);
        text[5] = 'G';
        assert(cursor_parse(text, &key) == -EINVAL);
        text[5] = 'A';
        assert(cursor_parse(text, &key) == -EINVAL);
        text[CURSOR_LEN - 1] = '\0';
        assert(cursor_parse(text, &key) == -EINVAL);
}

int main(void) {
        test_a_record_keeps_what_it_was_made_of();
        test_a_record_without_strings_has_none();
        test_the_paths_own_link_is_known_by_its_name();
        test_the_link_of_another_path_is_not_shown();
        test_every_visible_difference_is_seen();
        test_two_vports_never_share_a_link();
        test_the_longest_link_fits();
        test_strings_beyond_all_measure_are_refused();
        test_the_kernels_words_are_understood_and_others_unknown();
        test_spellings_of_one_wwid_are_one();
        test_other_wwids_are_others();
        test_a_cursor_comes_back_as_it_was();
        test_a_forged_cursor_is_refused();
        return 0;
}
