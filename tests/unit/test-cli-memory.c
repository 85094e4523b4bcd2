/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/watch-memory.h"
#include "cli/watch-record.h"

#include <assert.h>
#include <string.h>

static int count_gone(const Known *known, void *userdata) {
        unsigned *n = userdata;

        assert(strcmp(known->key, "gone") == 0);
        assert(known->size == 4 && memcmp(known->image, "old", 4) == 0);
        (*n)++;
        return 0;
}

static void test_what_is_put_is_found_until_it_is_forgotten(void) {
        _cleanup_(memory_done) Memory memory = { 0 };
        Known *known;

        assert(!memory_find(&memory, "a"));
        assert(memory_put(&memory, "a", "1", 2));
        assert(memory_put(&memory, "a", "two", 4));
        known = memory_find(&memory, "a");
        assert(known && known->size == 4 && strcmp(known->image, "two") == 0);

        memory_forget(&memory, "a");
        memory_forget(&memory, "a");
        assert(!memory_find(&memory, "a"));
}

static void test_a_sweep_forgets_what_was_not_seen_again(void) {
        _cleanup_(memory_done) Memory memory = { 0 };
        unsigned n = 0;

        assert(memory_put(&memory, "gone", "old", 4));
        assert(memory_put(&memory, "same", "old", 4));
        assert(memory_put(&memory, "other", "old", 4));

        memory_begin(&memory);
        memory_touch(&memory, memory_find(&memory, "same"));
        assert(memory_put(&memory, "other", "new", 4));
        assert(memory_put(&memory, "new", "new", 4));
        assert(memory_sweep(&memory, count_gone, &n) == 0);

        assert(n == 1);
        assert(!memory_find(&memory, "gone"));
        assert(memory_find(&memory, "same") && memory_find(&memory, "other"));
        assert(memory_find(&memory, "new"));
}

static void test_a_path_comes_back_from_its_image(void) {
        Record record = { .path = { .hctl = "7:0:0:0",
                                    .transport = "fc",
                                    .initiator = "2101001b32a90002",
                                    .initiator_node = "",
                                    .hba = "h",
                                    .target = "t",
                                    .lun = UINT64_MAX,
                                    .wwid = "naa.1",
                                    .node = "/dev/sdb",
                                    .sg_node = "",
                                    .state = "running",
                                    .target_state = "Online",
                                    .access = "",
                                    .group = LUN_PATH_NO_GROUP,
                                    .size_bytes = 512,
                                    .is_vhba = true,
                                    .quarantine = "size-changed" } };
        Record back;
        Packed packed;

        record_path.pack(&record, &packed);
        assert(strcmp(packed.key, "fc 2101001b32a90002 t 18446744073709551615") == 0);
        record_path.unpack(packed.image, packed.size, &back);
        assert(strcmp(back.path.hctl, "7:0:0:0") == 0);
        assert(strcmp(back.path.quarantine, "size-changed") == 0);
        assert(back.path.lun == UINT64_MAX && back.path.group == LUN_PATH_NO_GROUP);
        assert(back.path.size_bytes == 512 && back.path.is_vhba && !back.path.links);
}

static void test_another_link_is_another_image(void) {
        const char *one[] = { "/dev/a", NULL }, *two[] = { "/dev/b", NULL };
        Record record = { .debt = { 0 } };
        Packed a, b;

        record.path = (LunPath){ .hctl = "",
                                 .transport = "",
                                 .initiator = "",
                                 .initiator_node = "",
                                 .hba = "",
                                 .target = "",
                                 .wwid = "",
                                 .node = "",
                                 .sg_node = "",
                                 .state = "",
                                 .target_state = "",
                                 .access = "",
                                 .quarantine = "" };
        record.path.links = one;
        record_path.pack(&record, &a);
        record.path.links = two;
        record_path.pack(&record, &b);
        assert(a.size != b.size || memcmp(a.image, b.image, a.size) != 0);
}

static void test_an_image_that_was_cut_is_read_to_its_end(void) {
        char longest[2 * RECORD_IMAGE_MAX];
        Record record, back;
        Packed packed;

        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        record.debt = (Debt){ .initiator = "i",
                              .lun = "0",
                              .wwid = "",
                              .kind = "k",
                              .words = longest,
                              .since_usec = 5 };

        record_debt.pack(&record, &packed);
        assert(packed.size <= sizeof packed.image);
        record_debt.unpack(packed.image, packed.size, &back);
        assert(strcmp(back.debt.kind, "k") == 0);
}

int main(void) {
        test_what_is_put_is_found_until_it_is_forgotten();
        test_a_sweep_forgets_what_was_not_seen_again();
        test_a_path_comes_back_from_its_image();
        test_another_link_is_another_image();
        test_an_image_that_was_cut_is_read_to_its_end();

        return EXIT_SUCCESS;
}
