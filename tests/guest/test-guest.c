/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/guest/command.h"

#include "common/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define N_BLOCKS 64

typedef char Reply[512];

/* A guest with one disk, which is a file that has no name any more. */
static Guest *guest_new(void) {
        char path[] = "/tmp/test-guest-XXXXXX";
        Guest *guest = calloc(1, sizeof *guest);
        int fd = mkstemp(path);

        assert(guest && fd >= 0);
        assert(unlink(path) == 0);
        assert(ftruncate(fd, N_BLOCKS * BLOCK_BYTES) == 0);
        assert(disk_init(guest->disks, "vda", 1, fd) == 0);
        assert(writer_start(guest->writers, guest->disks) == 0);
        guest->n_disks = 1;
        return guest;
}

static const char *tell(Guest *guest, const char *text, Reply reply) {
        char line[COMMAND_LINE_MAX];
        FILE *out;

        (void) snprintf(line, sizeof line, "%s", text);
        memset(reply, 0, sizeof(Reply));
        out = fmemopen(reply, sizeof(Reply), "w");
        assert(out);
        (void) command_run(guest, line, out);
        (void) fclose(out);
        reply[strcspn(reply, "\n")] = '\0';
        return reply;
}

static Guest *guest_free(Guest *guest) {
        Reply reply;

        assert(strcmp(tell(guest, "z off", reply), "z ok") == 0);
        disk_done(guest->disks);
        free(guest);
        return NULL;
}
DEFINE_CLEANUP(Guest *, guest_free);

static void damage(Guest *guest, uint64_t block, const void *bytes, size_t size) {
        assert(pwrite(guest->disks[0].fd, bytes, size, (off_t) (block * BLOCK_BYTES + 100)) ==
               (ssize_t) size);
}

static void test_a_block_is_only_itself(void) {
        const BlockSign sign = { 1, 7, 12 };
        static const BlockSign others[] = { { 2, 7, 12 }, { 1, 8, 12 }, { 1, 7, 13 }, { 0, 0, 0 } };
        uint8_t bytes[BLOCK_BYTES];
        BlockSign read;

        block_sign(bytes, &sign);
        assert(block_is_signed(bytes, &sign));
        read = block_read_sign(bytes);
        assert(read.disk == 1 && read.write == 7 && read.block == 12);
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(!block_is_signed(bytes, others + i));
        for (size_t i = 0; i < BLOCK_BYTES; i += 511) {
                bytes[i] ^= 1;
                assert(!block_is_signed(bytes, &sign));
                bytes[i] ^= 1;
        }
}

static void test_only_zeroes_are_zero(void) {
        uint8_t bytes[BLOCK_BYTES] = { 0 };

        assert(block_is_zero(bytes));
        bytes[BLOCK_BYTES - 1] = 1;
        assert(!block_is_zero(bytes));
        bytes[BLOCK_BYTES - 1] = 0;
        bytes[0] = 1;
        assert(!block_is_zero(bytes));
}

static void test_what_was_never_written_is_not_judged(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        Reply reply;

        assert(strcmp(tell(guest, "a check", reply), "a ok checked=0 unknown=64 bad=0") == 0);
        assert(disk_write(guest->disks, 5, 3) == 0);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=3 unknown=61 bad=0") == 0);
        assert(strcmp(tell(guest, "a fill", reply), "a ok") == 0);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=64 unknown=0 bad=0") == 0);
}

static void test_a_flipped_byte_an_old_and_a_moved_block_are_found(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        uint8_t old[BLOCK_BYTES];
        Reply reply;

        (void) tell(guest, "a fill", reply);
        damage(guest, 9, "x", 1);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=64 unknown=0 bad=1") == 0);
        assert(disk_write(guest->disks, 9, 1) == 0);

        block_sign(old, &(BlockSign){ 1, 1, 3 });
        assert(pwrite(guest->disks[0].fd, old, sizeof old, 20 * BLOCK_BYTES) == sizeof old);
        assert(disk_write(guest->disks, 3, 1) == 0);
        assert(pwrite(guest->disks[0].fd, old, sizeof old, 3 * BLOCK_BYTES) == sizeof old);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=64 unknown=0 bad=2") == 0);
}

static void test_block_0_keeps_what_was_put(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        uint8_t bytes[4];
        Reply reply;

        assert(strcmp(tell(guest, "a put vda 514649fb", reply), "a ok") == 0);
        assert(pread(guest->disks[0].fd, bytes, sizeof bytes, 0) == sizeof bytes);
        assert(memcmp(bytes, "QFI\xfb", 4) == 0);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=1 unknown=63 bad=0") == 0);
        damage(guest, 0, "x", 1);
        assert(strcmp(tell(guest, "a check", reply), "a ok checked=1 unknown=63 bad=1") == 0);
}

static void test_a_torn_block_is_found_by_one_who_has_not_written_it(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        Reply reply;

        assert(strcmp(tell(guest, "a scan", reply), "a ok whole=64 torn=0") == 0);
        (void) tell(guest, "a fill", reply);
        assert(strcmp(tell(guest, "a scan", reply), "a ok whole=64 torn=0") == 0);
        damage(guest, 9, "x", 1);
        damage(guest, 11, "x", 1);
        assert(strcmp(tell(guest, "a scan", reply), "a ok whole=62 torn=2") == 0);
}

static void test_a_disk_that_refuses_is_counted_and_its_blocks_are_unknown(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        int fd = open("/dev/full", O_RDWR | O_CLOEXEC);

        assert(fd >= 0);
        assert(disk_write(guest->disks, 4, 2) == 0);
        assert(guest->disks[0].writes[4] > 0);
        assert(dup2(fd, guest->disks[0].fd) >= 0);
        assert(disk_write(guest->disks, 4, 2) == -ESPIPE ||
               disk_write(guest->disks, 4, 2) == -ENOSPC);
        assert(guest->disks[0].writes[4] == 0);
        assert(guest->disks[0].writes[5] == 0);
        (void) close(fd);
}

static void test_writers_write_at_their_rate_and_leave_nothing_bad(void) {
        _cleanup_(guest_freep) Guest *guest = guest_new();
        WriterStatus status;
        Reply reply;

        assert(strcmp(tell(guest, "a rate 4000", reply), "a ok") == 0);
        for (int i = 0; i < 500 && writer_status(guest->writers).n_writes < 40; i++)
                (void) poll(NULL, 0, 20);
        assert(strcmp(tell(guest, "a rate 0", reply), "a ok") == 0);
        status = writer_status(guest->writers);
        assert(status.n_writes >= 40);
        assert(writer_status(guest->writers).n_writes == status.n_writes);
        (void) tell(guest, "a check", reply);
        assert(strstr(reply, " bad=0"));
        assert(!strstr(reply, "checked=0 "));
}

static void test_malformed_commands_are_refused(void) {
        static const char *const malformed[] = {
                "rate",    "rate x",     "rate 1x",   "rate 1000001", "put",
                "put vda", "put vdb 00", "put vda 0", "put vda 0g",   "put vda",
                "dance",   "check1",     "",
        };
        _cleanup_(guest_freep) Guest *guest = guest_new();

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                char line[64];
                Reply reply;

                (void) snprintf(line, sizeof line, "tag %s", malformed[i]);
                (void) tell(guest, line, reply);
                assert(*malformed[i] ? strncmp(reply, "tag error ", 10) == 0 : !*reply);
        }
}

int main(void) {
        test_a_block_is_only_itself();
        test_only_zeroes_are_zero();
        test_what_was_never_written_is_not_judged();
        test_a_flipped_byte_an_old_and_a_moved_block_are_found();
        test_block_0_keeps_what_was_put();
        test_a_torn_block_is_found_by_one_who_has_not_written_it();
        test_a_disk_that_refuses_is_counted_and_its_blocks_are_unknown();
        test_writers_write_at_their_rate_and_leave_nothing_bad();
        test_malformed_commands_are_refused();
        return 0;
}
