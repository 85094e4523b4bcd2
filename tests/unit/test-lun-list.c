/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/cursor.h"
#include "lunwatch/path/view.h"
#include "lunwatch/path/wwid.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define INITIATOR 0x2101001b32a90004
#define TARGET 0x500507680b000000

/* LUN number n over that many targets; wwid "" for disks that tell none. */
typedef struct Made {
        uint32_t host;
        uint32_t target;
        uint64_t lun;
        const char *wwid;
        bool is_offline, has_no_disk, is_quarantined;
        const char *const *links;
        size_t n_links;
} Made;

static void put(Index *index, const Made *made) {
        const Path fields = {
                .key = { INITIATOR + made->host,
                         TARGET + made->target,
                         { made->host, 0, made->target, made->lun } },
                .size_bytes = 1 << 20,
                .major = 8,
                .minor = (uint32_t) made->lun * 16 + made->target,
                .state = made->is_offline ? PATH_OFFLINE : PATH_RUNNING,
                .rport_state = RPORT_ONLINE,
                .quarantine = made->is_quarantined ? QUARANTINE_WWID : QUARANTINE_NONE,
        };
        char name[32];
        Path *path, *old;

        (void) snprintf(name, sizeof name, "sd%" PRIu32 "-%" PRIu32 "-%" PRIu64, made->host,
                        made->target, made->lun);
        assert(path_new(&fields, made->has_no_disk ? "" : name, made->wwid, made->links,
                        made->n_links, &path) == 0);
        assert(index_put(index, path, &old) == 0);
        (void) path_free(old);
}

static size_t list(const Index *index, const Filter *filter, Lun *luns, size_t max) {
        bool more;
        size_t n = lun_page(filter, index, NULL, luns, max, &more);

        assert(!more);
        return n;
}

static const Filter all;

static void test_paths_with_one_wwid_are_one_lun(void) {
        _cleanup_(index_done) Index index = { 0 };
        Lun luns[8];

        put(&index, &(Made){ 0, 0, 0, "naa.6001405b" });
        put(&index, &(Made){ 0, 1, 0, "naa.6001405B", .is_offline = true });
        put(&index, &(Made){ 0, 0, 1, "naa.6001405a" });
        put(&index, &(Made){ 1, 0, 7, "naa.6001405b", .is_quarantined = true });

        assert(list(&index, &all, luns, 8) == 2 && index.n_luns == 2);
        assert(wwid_equals(luns[0].wwid, "6001405a") && luns[0].n_paths == 1);
        assert(wwid_equals(luns[1].wwid, "6001405b") && luns[1].n_paths == 3);
        assert(luns[1].n_usable == 1 && luns[1].quarantine == QUARANTINE_WWID);
        assert(luns[1].best->key.hctl.host == 0 && luns[1].best->key.hctl.target == 0);
        assert(luns[0].quarantine == QUARANTINE_NONE && luns[0].size_bytes == 1 << 20);
}

static void test_disks_without_a_wwid_are_luns_of_their_own(void) {
        _cleanup_(index_done) Index index = { 0 };
        const Path *path;
        Lun luns[8], lun;

        put(&index, &(Made){ 0, 0, 0, "" });
        put(&index, &(Made){ 0, 1, 0, "" });
        put(&index, &(Made){ 0, 0, 1, "naa." });
        put(&index, &(Made){ 0, 0, 2, "naa.6001405a" });

        assert(list(&index, &all, luns, 8) == 4 && index.n_luns == 4);
        for (size_t i = 0; i < 4; i++)
                assert(luns[i].n_paths == 1);

        path = index_find_hctl(&index, &(Hctl){ 0, 0, 1, 0 });
        assert(lun_of_path(&index, path, &lun) == 0 && lun.best == path && lun.n_paths == 1);
        assert(lun_of_wwid(&index, "", &lun) == -ENOENT);
        assert(lun_of_wwid(&index, "naa.", &lun) == -ENOENT);
}

static void test_a_controller_is_no_lun(void) {
        _cleanup_(index_done) Index index = { 0 };
        Lun luns[2];

        put(&index, &(Made){ 0, 0, 0, "naa.6001405a", .has_no_disk = true });
        assert(list(&index, &all, luns, 2) == 0 && index.n_luns == 0);
        assert(lun_of_path(&index, index.paths[0], luns) == -ENXIO);
}

static void test_a_lun_is_what_the_filter_shows_of_it(void) {
        const Filter one = { .initiator = { PATH_FC, INITIATOR + 1 } };
        const Filter wwid = { .wwid = "36001405000000000000000000000000a" };
        _cleanup_(index_done) Index index = { 0 };
        Lun luns[8], lun;

        put(&index, &(Made){ 0, 0, 0, "naa.6001405000000000000000000000000a" });
        put(&index, &(Made){ 1, 0, 4, "naa.6001405000000000000000000000000a" });
        put(&index, &(Made){ 0, 0, 1, "naa.6001405000000000000000000000000b" });

        assert(list(&index, &one, luns, 8) == 1 && luns[0].n_paths == 1);
        assert(luns[0].best->key.hctl.lun == 4);
        assert(list(&index, &wwid, luns, 8) == 1 && luns[0].n_paths == 2);
        assert(lun_of_wwid(&index, "wwid:6001405000000000000000000000000A", &lun) == 0);
        assert(lun.n_paths == 2);
        assert(lun_of_wwid(&index, "6001405000000000000000000000000c", &lun) == -ENOENT);
}

#define N_LUNS 500U

static void put_lun(Index *index, uint32_t number) {
        char wwid[32] = "";

        /* Every tenth tells none. */
        if (number % 10)
                (void) snprintf(wwid, sizeof wwid, "naa.6001405%08x", number * 7919 % N_LUNS);
        for (uint32_t target = 0; target < (number % 10 ? 4 : 1); target++)
                put(index, &(Made){ number % 5, target, number, wwid });
}

static void take_lun(Index *index, uint32_t number) {
        for (uint32_t target = 0; target < 4; target++)
                (void) path_free(index_take(index, &(Hctl){ number % 5, 0, target, number }));
}

/* While every other LUN comes and goes, and others lose the path that the cursor was made of. */
static void test_a_lun_that_stays_is_listed_exactly_once(void) {
        uint8_t n_seen[N_LUNS] = { 0 };
        _cleanup_(index_done) Index index = { 0 };
        LunCursorText text = "";
        LunCursor after;
        Lun luns[37];
        bool more = true;

        for (uint32_t i = 0; i < N_LUNS; i++)
                put_lun(&index, i);

        for (uint32_t round = 1; more; round++) {
                size_t n;

                assert(!*text || cursor_parse_lun(text, &after) == 0);
                n = lun_page(&all, &index, *text ? &after : NULL, luns, 37, &more);
                for (size_t i = 0; i < n; i++)
                        n_seen[luns[i].best->key.hctl.lun]++;
                after = lun_cursor(luns + n - 1);
                (void) cursor_format_lun(&after, text);

                for (uint32_t i = 1; i < N_LUNS; i += 2)
                        (round % 2 ? take_lun : put_lun)(&index, i);
                for (uint32_t i = 2; i < N_LUNS; i += 2)
                        if (i % 10)
                                (void) path_free(
                                        index_take(&index, &(Hctl){ i % 5, 0, round % 3, i }));
                        else
                                put_lun(&index, i);
        }

        for (uint32_t i = 0; i < N_LUNS; i++)
                assert(i % 2 ? n_seen[i] <= 1 : n_seen[i] == 1);
}

static void test_other_texts_are_no_cursors(void) {
        static const char *const malformed[] = { "", "x", "wwid:", "wwid:naa.", "0" };
        LunCursor cursor;

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
                assert(cursor_parse_lun(malformed[i], &cursor) == -EINVAL);
}

static bool find_map(const void *userdata, const char *wwid, LunMap *ret) {
        if (!wwid_equals(wwid, userdata))
                return false;

        *ret = (LunMap){ "mpatha", "dm-3", "/dev/disk/by-id/dm-uuid-mpath-36001405a", 1 << 20 };
        return true;
}

static const char *const links_a[] = { "by-id/scsi-36001405a", "by-id/wwn-0x6001405a",
                                       "by-path/pci-fc-lun-0" };
static const char *const links_b[] = { "by-id/scsi-36001405b", "by-id/wwn-0x6001405b",
                                       "by-vhba/2101001b32a90004-500507680b000000-lun-1" };
static const char *const links_c[] = { "by-uuid/c" };

static void put_views(Index *index) {
        put(index, &(Made){ 0, 0, 0, "naa.6001405a", .links = links_a, .n_links = 3 });
        put(index, &(Made){ 0, 0, 1, "naa.6001405b", .links = links_b, .n_links = 3 });
        put(index, &(Made){ 0, 0, 2, "naa.6001405c", .links = links_c, .n_links = 1 });
}

/* The names in a view, each followed by a space. */
static const char *names(const Index *index, const char *directory, const char *mapped) {
        View view = { .find_map = mapped ? find_map : NULL, .userdata = mapped };
        static char text[1024];
        const Path *paths[8];
        Filter filter = { 0 };
        ViewEntry entry;
        Lun luns[8];
        bool more;
        size_t n;

        assert(view_parse(directory, &view.kind) == 0);
        view_narrow(&view, &filter);
        n = view_is_of_luns(view.kind) ? lun_page(&filter, index, NULL, luns, 8, &more)
                                       : filter_page(&filter, index, NULL, paths, 8, &more);
        text[0] = '\0';
        for (size_t i = 0; i < n; i++) {
                if (view_is_of_luns(view.kind))
                        view_name_lun(&view, luns + i, &entry);
                else
                        view_name_path(&view, paths[i], &entry);
                (void) sprintf(text + strlen(text), "%s ", entry.name);
        }
        return text;
}

static void test_a_view_has_what_has_a_name_in_its_directory(void) {
        _cleanup_(index_done) Index index = { 0 };

        put_views(&index);
        assert(strcmp(names(&index, "/dev/disk/by-path", NULL),
                      "/dev/disk/by-path/pci-fc-lun-0 ") == 0);
        assert(strcmp(names(&index, "/dev/disk/by-vhba", NULL),
                      "/dev/disk/by-vhba/2101001b32a90004-500507680b000000-lun-1 ") == 0);
        assert(strcmp(names(&index, "/dev/disk/by-id", NULL),
                      "/dev/disk/by-id/wwn-0x6001405a /dev/disk/by-id/wwn-0x6001405b ") == 0);
        assert(strcmp(names(&index, "/dev/mapper", NULL), "") == 0);
}

static void test_a_lun_with_a_map_goes_by_its_map(void) {
        _cleanup_(index_done) Index index = { 0 };

        put_views(&index);
        assert(strcmp(names(&index, "/dev/mapper", "6001405b"), "/dev/mapper/mpatha ") == 0);
        assert(strcmp(names(&index, "/dev/disk/by-id", "6001405c"),
                      "/dev/disk/by-id/wwn-0x6001405a /dev/disk/by-id/wwn-0x6001405b "
                      "/dev/disk/by-id/dm-uuid-mpath-36001405a ") == 0);
}

static void test_there_are_no_other_views(void) {
        static const char *const others[] = { "", "by-path", "/dev", "/dev/disk/by-path/" };
        ViewKind kind;

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(view_parse(others[i], &kind) == -EINVAL);
}

static void test_the_link_of_a_lun_is_the_one_that_stays_longest(void) {
        _cleanup_(index_done) Index index = { 0 };
        char link[LUN_LINK_MAX];
        Lun luns[4];

        put_views(&index);
        assert(list(&index, &all, luns, 4) == 3);
        assert(strcmp(lun_format_link(luns, NULL, link), "/dev/disk/by-id/wwn-0x6001405a") == 0);
        assert(strcmp(lun_format_link(luns + 2, NULL, link), "/dev/disk/by-uuid/c") == 0);
}

int main(void) {
        test_paths_with_one_wwid_are_one_lun();
        test_disks_without_a_wwid_are_luns_of_their_own();
        test_a_controller_is_no_lun();
        test_a_lun_is_what_the_filter_shows_of_it();
        test_a_lun_that_stays_is_listed_exactly_once();
        test_other_texts_are_no_cursors();
        test_a_view_has_what_has_a_name_in_its_directory();
        test_a_lun_with_a_map_goes_by_its_map();
        test_there_are_no_other_views();
        test_the_link_of_a_lun_is_the_one_that_stays_longest();
        return 0;
}
