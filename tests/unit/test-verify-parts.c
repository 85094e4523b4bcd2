/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "mirrord/verify/block.h"
#include "mirrord/verify/pace.h"
#include "mirrord/verify/ranges.h"
#include "mirrord/verify/sample.h"
#include "mirrord/verify/settings.h"
#include "mirrord/verify/wire.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#define SEC 1000000ULL
#define MIB 1048576

static const DigestKey key = { "0123456789abcde" };

/* ---- blocks */

static void test_a_digest_tells_one_bit(void) {
        static uint8_t data[2 * BLOCK_SIZE + 100];
        Digest a[3], b[3];

        assert(block_count(sizeof data) == 3 && block_count(BLOCK_SIZE) == 1);
        data[7] = 1;
        assert(digest_blocks(&key, data, sizeof data, a) == 0);
        data[2 * BLOCK_SIZE + 99] ^= 0x80;
        assert(digest_blocks(&key, data, sizeof data, b) == 0);
        assert(memcmp(a, b, 2 * sizeof *a) == 0);
        assert(memcmp(a + 2, b + 2, sizeof *a) != 0);
}

static void test_zeroes_are_the_same_however_they_are_known(void) {
        static uint8_t data[BLOCK_SIZE + 512];
        DigestKey other = { "another key" };
        Digest a[2], b[2];

        assert(digest_blocks(&key, data, sizeof data, a) == 0);
        assert(digest_zeroes(&key, sizeof data, b) == 0);
        assert(memcmp(a, b, sizeof a) == 0);
        assert(memcmp(a, a + 1, sizeof *a) != 0);
        assert(digest_zeroes(&other, sizeof data, b) == 0);
        assert(memcmp(a, b, sizeof *a) != 0);
        assert(digest_zeroes(&key, sizeof data, b) == 0);
        assert(memcmp(a, b, sizeof a) == 0);
}

static void test_neighbours_are_one_range(void) {
        Ranges ranges = { 0 };
        Range some[2];

        assert(ranges_join(&ranges, MIB, some, 2) == 0);
        assert(ranges_add(&ranges, 15) == 0 && ranges_add(&ranges, 3) == 0);
        assert(ranges_add(&ranges, 2) == 0 && ranges_add(&ranges, 8) == 0);
        assert(ranges_join(&ranges, 15 * BLOCK_SIZE + 10, some, 2) == 3);
        assert(some[0].first == 2 * BLOCK_SIZE && some[0].last == 4 * BLOCK_SIZE - 1);
        assert(some[1].first == 8 * BLOCK_SIZE && some[1].last == 9 * BLOCK_SIZE - 1);
        ranges_done(&ranges);

        assert(ranges_add(&ranges, 15) == 0);
        assert(ranges_join(&ranges, 15 * BLOCK_SIZE + 10, some, 2) == 1);
        assert(some[0].last == 15 * BLOCK_SIZE + 9);
        ranges_done(&ranges);
}

static void test_a_sample_has_its_share_and_both_ends(void) {
        const uint64_t size = 10000ULL * MIB + 4096;
        Sample sample = { .size = size, .percent = 20, .seed = 42 }, other = sample;
        size_t n = 0, n_other = 0;

        other.seed = 43;
        for (uint64_t at = 0; at < size; at += MIB) {
                n += sample_has(&sample, at);
                n_other += sample_has(&sample, at) && sample_has(&other, at);
        }
        assert(n > 1850 && n < 2150);
        assert(n_other > 300 && n_other < 500);
        assert(sample_has(&sample, 0) && sample_has(&other, 0));
        assert(sample_has(&sample, 9999ULL * MIB) && sample_has(&sample, 10000ULL * MIB));
        assert(sample_total(&sample) == (n - 1) * MIB + 4096);
        sample.percent = 100;
        assert(sample_total(&sample) == size && sample_has(&sample, 77 * MIB));
}

static void test_a_pace_is_kept(void) {
        Pace pace = { .limit = 4 * MIB };
        uint64_t now = 100 * SEC, begin = now, n = 0;

        while (now < begin + 10 * SEC) {
                uint64_t wait = pace_wait(&pace, now);

                now += wait;
                if (wait == 0) {
                        pace_take(&pace, MIB);
                        n += MIB;
                }
        }
        assert(n >= 39 * MIB && n <= 43 * MIB);
        pace.limit = 0;
        assert(pace_wait(&pace, now) == 0);
}

/* ---- the wire */

static void check_frame(const WireFrame *frame, size_t expected) {
        uint8_t buf[WIRE_FRAME_MAX], again[WIRE_FRAME_MAX];
        size_t size = wire_write(frame, buf);
        WireFrame parsed;

        assert(size == expected && size <= WIRE_FRAME_MAX);
        for (size_t i = 0; i < size; i++)
                assert(wire_parse(buf, i, &parsed) == 0);
        assert(wire_parse(buf, size, &parsed) == (ssize_t) size);
        assert(wire_write(&parsed, again) == size && memcmp(buf, again, size) == 0);
        buf[3]++;
        assert(wire_parse(buf, size, &parsed) <= 0);
        buf[3] -= 2;
        /* Words may be shorter. */
        if (frame->kind != WIRE_ERROR)
                assert(wire_parse(buf, size, &parsed) == -EPROTO);
}

static void test_frames_are_read_as_they_were_written(void) {
        WireFrame hello = { .kind = WIRE_HELLO, .size = 1ULL << 40, .key = key };
        WireFrame read = {
                .kind = WIRE_READ,
                .id = 0xfffffffe,
                .offset = 1ULL << 50,
                .n_blocks = READ_BLOCKS_MAX,
                .is_fresh = true,
        };
        WireFrame error = { .kind = WIRE_ERROR };
        WireFrame digests = { .kind = WIRE_DIGESTS, .id = 1, .n_blocks = READ_BLOCKS_MAX };

        check_frame(&hello, 43);
        check_frame(&read, 20);
        memset(error.words, 'x', WIRE_WORDS_MAX - 1);
        check_frame(&error, 5 + WIRE_WORDS_MAX - 1);
        check_frame(&digests, 11 + READ_BLOCKS_MAX * DIGEST_SIZE);
}

static void test_frames_that_are_none_are_refused(void) {
        static const struct {
                size_t size;
                int error;
                const char *bytes;
        } cases[] = {
                { 5, -EPROTO, "\0\0\0\0\1" },     /* no kind */
                { 5, -EPROTO, "\xff\0\0\0\1" },   /* for ever */
                { 5, -EPROTO, "\0\0\0\1\1" },     /* an empty hello */
                { 5, -EPROTO, "\0\0\0\1\4" },     /* no words */
                { 5, -EPROTO, "\0\0\0\1\11" },    /* no such kind */
                { 6, -EPROTO, "\0\0\0\2\4\n" },   /* a line break in the words */
                { 6, -EPROTO, "\0\0\0\2\4\x80" }, /* not ASCII */
                { 20, -EPROTO, "\0\0\0\x10\2____\0\0\0\0\0\1\0\0\0\0\0" },   /* no blocks */
                { 20, -EPROTO, "\0\0\0\x10\2____\0\0\0\0\0\1\0\0\0\x11\0" }, /* too many */
                { 20, -EPROTO, "\0\0\0\x10\2____\0\0\0\0\0\1\0\1\0\1\0" },   /* between two */
                { 20, -EPROTO, "\0\0\0\x10\2____\x80\0\0\0\0\1\0\0\0\1\0" }, /* beyond all */
                { 20, -EPROTO, "\0\0\0\x10\2____\0\0\0\0\0\1\0\0\0\1\2" },   /* half fresh */
                { 11, -EPROTO, "\0\0\0\7\3____\0\1" }, /* a digest is missing */
        };
        WireFrame frame = { .kind = WIRE_HELLO }, parsed;
        uint8_t buf[WIRE_FRAME_MAX];
        size_t size;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert(wire_parse((const uint8_t *) cases[i].bytes, cases[i].size, &parsed) ==
                       cases[i].error);
        size = wire_write(&frame, buf);
        buf[4 + 1 + 8 + 1]++;
        assert(wire_parse(buf, size, &parsed) == -EPROTONOSUPPORT);
}

/* ---- the file */

static char dir[] = "/tmp/test-verify.XXXXXX";

static int read_text(const char *text, VerifySettings *ret, char words[static RELAY_WORDS_MAX]) {
        _cleanup_(fclosep) FILE *f = NULL;
        char path[64];

        (void) snprintf(path, sizeof path, "%s/conf", dir);
        f = fopen(path, "we");
        assert(f && fputs(text, f) >= 0 && fflush(f) == 0);
        assert(chmod(path, 0600) == 0);
        words[0] = '\0';
        return verify_settings_read(path, ret, words);
}

#define GOOD "[Verify]\nSide=source\nExport=/run/x\nAddress=192.0.2.1\nPorts=49152\nTls=no\n"

static void test_settings_are_what_the_file_says(void) {
        char words[RELAY_WORDS_MAX];
        VerifySettings settings;

        assert(read_text(GOOD "Name=vda\n", &settings, words) == 0);
        assert(strcmp(settings.link.name, "vda") == 0 && settings.sample == 100);
        assert(settings.settle_msec == VERIFY_SETTLE_MSEC && settings.link.limit == 0);
        assert(strcmp(settings.link.socket.sun_path, "/run/x") == 0);
        verify_settings_done(&settings);
        assert(read_text(GOOD "Name=v\nSample=7\nSettle=1000\nLimit=1048576\n", &settings, words) ==
               0);
        assert(settings.sample == 7 && settings.settle_msec == 1000);
        assert(settings.link.limit == 1048576);
        verify_settings_done(&settings);
}

static void test_what_is_wrong_with_settings_is_said(void) {
        static const struct {
                const char *text, *words;
        } cases[] = {
                { GOOD, "Name is needed" },
                { "[Verify]\nName=vda\n", "Side, Export, Address and Ports are needed" },
                { "[Verify]\nExport=x\n", "conf:2: Export is an absolute path" },
                { GOOD "Sample=0\n", "conf:7: Sample is a percentage" },
                { GOOD "Sample=101\n", "Sample is a percentage" },
                { GOOD "Sample=5 %\n", "Sample is a percentage" },
                { GOOD "Settle=999\n", "Settle is in milliseconds, from 1000 to 600000" },
                { GOOD "Settle=-1\n", "Settle is in milliseconds" },
                { GOOD "Owner=0\n", "Owner" },
                { GOOD "Name=vda\nLimit=1048575\n", "Limit is 0 or at least 1048576" },
                { "[Relay]\nSide=source\n", "Relay" },
        };
        char words[RELAY_WORDS_MAX];
        VerifySettings settings;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                assert(read_text(cases[i].text, &settings, words) == -EINVAL);
                assert(strstr(words, cases[i].words));
        }
}

int main(void) {
        char path[64];

        assert(mkdtemp(dir));
        test_a_digest_tells_one_bit();
        test_zeroes_are_the_same_however_they_are_known();
        test_neighbours_are_one_range();
        test_a_sample_has_its_share_and_both_ends();
        test_a_pace_is_kept();
        test_frames_are_read_as_they_were_written();
        test_frames_that_are_none_are_refused();
        test_settings_are_what_the_file_says();
        test_what_is_wrong_with_settings_is_said();
        (void) snprintf(path, sizeof path, "%s/conf", dir);
        assert(unlink(path) == 0 && rmdir(dir) == 0);
        return EXIT_SUCCESS;
}
