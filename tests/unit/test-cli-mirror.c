/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/complain.h"
#include "cli/legacy-order.h"
#include "cli/mirror-begin.h"
#include "cli/mirror-disk.h"
#include "cli/mirror-format.h"

#include <assert.h>
#include <string.h>

static void test_bytes_are_numbers_with_a_unit_of_1024s(void) {
        static const struct {
                const char *word;
                uint64_t bytes;
        } good[] = { { "0", 0 },
                     { "512", 512 },
                     { "100M", UINT64_C(104857600) },
                     { "1.5G", UINT64_C(1610612736) },
                     { "2T", UINT64_C(2199023255552) } };
        static const char *const bad[] = {
                "",    "G",   "-1",  "+1",     " 1",  "1 ",  "1GB",
                "1.1", ".5G", "0x1", "1.2.3G", "1e9", "inf", "9999999T"
        };
        uint64_t bytes;

        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                assert(mirror_parse_bytes(good[i].word, &bytes) == 0);
                assert(bytes == good[i].bytes);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                bytes = 42;
                assert(mirror_parse_bytes(bad[i], &bytes) == -EINVAL);
                assert(bytes == 42);
        }
}

static void test_what_is_left_is_told_in_two_units_at_most(void) {
        static const struct {
                uint64_t seconds;
                const char *text;
        } etas[] = {
                { 1, "1 s" },    { 59, "59 s" },  { 60, "1 min" },       { 200, "3 min 20 s" },
                { 3600, "1 h" }, { 3659, "1 h" }, { 3900, "1 h 5 min" }, { 183600, "2 d 3 h" }
        };
        char buf[MIRROR_TEXT_MAX];

        for (size_t i = 0; i < ARRAY_LEN(etas); i++)
                assert(strcmp(mirror_format_eta(etas[i].seconds * 1000000, buf), etas[i].text) ==
                       0);
        assert(strcmp(mirror_format_eta(0, buf), "now") == 0);
        assert(strcmp(mirror_format_eta(1, buf), "1 s") == 0);
        assert(strcmp(mirror_format_eta(UINT64_MAX, buf), "-") == 0);
}

static void test_a_hundred_percent_means_that_nothing_is_left(void) {
        assert(mirror_percent(0, 0) == 0);
        assert(mirror_percent(999, 1000) == 99);
        assert(mirror_percent(UINT64_MAX - 1, UINT64_MAX) <= 100);
        assert(mirror_percent(1000, 1000) == 100);
        assert(mirror_percent(1001, 1000) == 100);
        assert(mirror_disk_percent(&(MirrorDisk){ .state = (char *) "ready" }) == 100);
        assert(mirror_disk_percent(&(MirrorDisk){ .state = (char *) "copying" }) == 0);
}

static void test_a_bar_has_its_width_however_full_it_is(void) {
        char bar[3 * MIRROR_BAR_WIDTH + 1];

        for (unsigned percent = 0; percent <= 100; percent++)
                assert(strlen(mirror_format_bar(percent, bar)) == 3 * MIRROR_BAR_WIDTH);
        assert(!strstr(mirror_format_bar(100, bar), "░"));
        assert(!strstr(mirror_format_bar(0, bar), "█"));
}

static void test_a_disk_names_node_place_and_size(void) {
        _cleanup_(disk_words_done) DiskWords disk = { 0 };

        assert(disk_words_parse("vda=fmt:/srv/a,,b:c.raw,size=1G,format=qcow2,overwrite=yes",
                                DISK_NODE | DISK_PLACE, &disk) == 0);
        assert(strcmp(disk.name, "vda") == 0 && strcmp(disk.node, "fmt") == 0);
        assert(strcmp(disk.path, "/srv/a,b:c.raw") == 0);
        assert(strcmp(disk.format, "qcow2") == 0 && !disk.preallocation && disk.overwrite);
        assert(disk.size_bytes == UINT64_C(1073741824));
        disk_words_done(&disk);
        assert(disk_words_parse("vda=fmt:/x", DISK_NODE | DISK_PLACE, &disk) == 0);
        assert(disk.size_bytes == 0);
}

static void test_a_disk_that_says_too_little_or_too_much_is_refused(void) {
        static const struct {
                const char *word;
                DiskNeed need;
        } wrong[] = {
                { "", DISK_NODE },
                { "vda", DISK_NODE },
                { "vda=", DISK_NODE },
                { "vda=n:/x,size=1G", DISK_NODE },
                { "vda=n,owner=qemu", DISK_NODE },
                { "vda=n,overcommit=yes", DISK_NODE },
                { "vda:/x,size=1G,owner=", DISK_PLACE },
                { "vda=n", DISK_NODE | DISK_PLACE },
                { "vda=n:/x,size=", DISK_NODE | DISK_PLACE },
                { "vda:/x", DISK_PLACE },
                { "vda=n:x,size=1G", DISK_NODE | DISK_PLACE },
                { "vda:/x,size=1G", DISK_NODE | DISK_PLACE },
                { "vda=n:/x,size=1G", DISK_PLACE },
                { "vda:/x,size=513", DISK_PLACE },
                { "vda:/x,size=0", DISK_PLACE },
                { "vda:/x,size=1G,format=vmdk", DISK_PLACE },
                { "vda:/x,siez=1G", DISK_PLACE },
                { "vda:/x,size", DISK_PLACE },
                { "vda=n o:/x", DISK_NODE | DISK_PLACE },
                { "vda=n\"o:/x", DISK_NODE | DISK_PLACE },
                { "vda=-", DISK_NODE },
                { "vda=abcdefghijklmnopqrstuvwxyz012345", DISK_NODE },
        };

        for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
                DiskWords disk = { 0 };

                assert(disk_words_parse(wrong[i].word, wrong[i].need, &disk) == EXIT_USAGE);
                assert(!disk.text);
        }
}

/* ---- what mirror start is told */

#define WORDS_MAX 12

/* read_order(words, &order): as main() would */
static int read_order(const char *const *words, MirrorOrder *ret) {
        _cleanup_(options_done) Options options = { 0 };
        Client client = { .options = &options };
        char *argv[WORDS_MAX + 2] = { (char *) "npivot" };
        int argc = 1;

        while (*words)
                argv[argc++] = (char *) *words++;
        assert(options_parse(argc, argv, &options) == 0);
        return mirror_order_read(&client, ret);
}

static void test_what_has_ended_does_not_converge(void) {
        char copying[] = "copying", done[] = "done", unknown[] = "unknown", forced[] = "forced";
        Mirror mirror = { .state = copying, .convergence = unknown };

        assert(strcmp(mirror_convergence(&mirror), "") == 0);
        mirror.convergence = forced;
        assert(strcmp(mirror_convergence(&mirror), "forced") == 0);
        mirror.state = done;
        assert(strcmp(mirror_convergence(&mirror), "") == 0);
}

static void test_an_order_has_what_was_told_and_a_name(void) {
        static const char *const told[] = {
                "--monitor=/m", "--address=::1", "--disk=vda=n:/x,size=1G",
                "--speed=1M",   "--stall=2min",  NULL
        };
        static const char *const filled[] = { "--monitor=/m",  "--target=web",
                                              "--disk=vda=n",  "--retries=100",
                                              "--tls=no",      "--stall=500ms",
                                              "--timeout=48h", NULL };
        _cleanup_(mirror_order_done) MirrorOrder order = { 0 }, other = { 0 }, again = { 0 };

        assert(read_order(told, &order) == 0);
        assert(order.speed == 1048576 && order.retries == 0 && order.stall_msec == 120000);
        assert(order.has_tls && order.is_governed && mirror_order_has_keys(&order));
        assert(mirror_id_is_chosen_well(order.id));
        assert(read_order(told, &again) == 0);
        assert(strcmp(order.id, again.id) != 0);

        assert(read_order(filled, &other) == 0);
        assert(strcmp(other.id, "web") == 0 && strcmp(other.target, "web") == 0);
        assert(other.retries == 100 && other.stall_msec == 500 && !other.has_tls &&
               !mirror_order_has_keys(&other));
        assert(other.timeout_usec == UINT64_C(48) * 3600 * 1000000);
}

static void test_what_a_daemon_would_refuse_too_late_is_refused(void) {
        static const char *const wrong[][WORDS_MAX] = {
                { "--monitor=m" },
                { "--monitor=" },
                { "--address=localhost" },
                { "--address=" },
                { "--id=7up" },
                { "--id=" },
                { "--id=a-b" },
                { "--id=abcdefghijklmnopqrstu" },
                { "--verify=yes" },
                { "--copy-mode=fast" },
                { "--retries=101" },
                { "--retries=-1" },
                { "--stall=" },
                { "--stall=99ms" },
                { "--stall=ms" },
                { "--stall=600001ms" },
                { "--stall=9999999ms" },
                { "--stall=11min" },
                { "--speed=fast" },
                { "--tls=maybe" },
                { "--converge=" },
                { "--peer-name=b" },
                { "--certificates=/pki" },
                { "--certificates=/pki", "--peer-name=b" },
                { "--certificates=/pki", "--peer-name=b", "--own-name=a", "--tls=no" },
                { "--disk=vda=other:/y,size=1G" },
                { "--disk=vdb=n:/y,size=1G" },
                { "--monitor=/m n" },
                { "--monitor=/m;n" },
                { "--bitmap=a:b" },
                { "--bitmap=" },
                { "--certificates=/pki", "--peer-name=a b", "--own-name=a" },
                { "--certificates=/pki", "--peer-name=b", "--own-name=a;b" },
                { "--timeout=169h" },
                { "--timeout=0" },
                { "--ports=" },
                { "--ports=49152" },
                { "--ports=0-2" },
                { "--ports=49160-49152" },
                { "--ports=65535-65536" },
                { "--ports=49152-49153x" },
                { "--ports=49152-49152" },
                { "--sync=some" },
                { "--sync=incremental" },
                { "--sync=full", "--bitmap=b" },
                { "--sync=top", "--bitmap=b" },
                { "--sync=top" },
                { "--sync=incremental", "--bitmap=b" },
                { "--bitmap=b" },
                { "--target=web" },
        };

        for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
                const char *words[WORDS_MAX] = { "--monitor=/m", "--address=127.0.0.1",
                                                 "--disk=vda=n:/x,size=1G" };
                MirrorOrder order = { 0 };

                for (size_t n = 0; wrong[i][n]; n++)
                        words[3 + n] = wrong[i][n];
                assert(read_order(words, &order) == EXIT_USAGE);
                assert(!order.disks.disks);
        }
}

static void test_a_part_is_copied_only_to_what_was_there(void) {
        static const char *const told[] = { "--monitor=/m",
                                            "--address=::1",
                                            "--disk=vda=n:/x,size=1G,overwrite=yes",
                                            "--ports=49310-49311",
                                            "--bitmap=b",
                                            "--tls=no",
                                            NULL };
        static const char *const filled[] = { "--monitor=/m", "--target=web", "--disk=vda=n",
                                              "--sync=top",   "--tls=no",     NULL };
        static const char *const ports[] = { "--monitor=/m", "--target=web", "--disk=vda=n",
                                             "--ports=1-2", NULL };
        _cleanup_(mirror_order_done) MirrorOrder order = { 0 }, other = { 0 }, none = { 0 };
        Connection connection = { (char *) "vda", (char *) "", 1, 0 };
        ConnectionList connections = { &connection, 1 };
        TargetDisk disk = { .name = (char *) "vda", .path = (char *) "/x", .size_bytes = 512 };
        Target target = { .id = (char *) "web", .disks = &disk, .n_disks = 1 };

        assert(read_order(told, &order) == 0);
        assert(strcmp(order.sync, "incremental") == 0 && strcmp(order.bitmap, "b") == 0);
        assert(order.ports.first == 49310 && order.ports.last == 49311);
        assert(mirror_begin_check(&order, &target, &connections) == 0);
        disk.is_created = true;
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);

        assert(read_order(filled, &other) == 0);
        assert(strcmp(other.sync, "top") == 0 && !other.bitmap);
        assert(mirror_begin_check(&other, &target, &connections) == 0);
        assert(read_order(ports, &none) == EXIT_USAGE);
}

static void test_a_target_has_a_key_exactly_where_tls_wants_one(void) {
        static const char *const told[] = { "--monitor=/m", "--target=web", "--disk=vda=n", NULL };
        _cleanup_(mirror_order_done) MirrorOrder order = { 0 };
        Connection connection = { (char *) "vda", (char *) "", 1, 0 };
        ConnectionList connections = { &connection, 1 };
        TargetDisk disk = { .name = (char *) "vda", .size_bytes = 512 };
        Target target = { .id = (char *) "web", .disks = &disk, .n_disks = 1 };

        assert(read_order(told, &order) == 0);
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);
        order.has_tls = false;
        assert(mirror_begin_check(&order, &target, &connections) == 0);
        connection.key = (char *) "00112233445566778899aabbccddeeff";
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);
        order.has_tls = true;
        assert(mirror_begin_check(&order, &target, &connections) == 0);
        order.verify = "always";
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);
        connection.verify_port = 2;
        assert(mirror_begin_check(&order, &target, &connections) == 0);
        order.certificates = "/pki";
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);
        connection.key = (char *) "";
        assert(mirror_begin_check(&order, &target, &connections) == 0);
        connection.name = (char *) "vdb";
        assert(mirror_begin_check(&order, &target, &connections) == EXIT_FAILURE);
}

/* read_move(words, &order): of mirror legacy, as main() would */
static int read_move(const char *const *words, LegacyOrder *ret) {
        _cleanup_(options_done) Options options = { 0 };
        Client client = { .options = &options };
        char *argv[WORDS_MAX + 2] = { (char *) "npivot" };
        int argc = 1;

        while (*words)
                argv[argc++] = (char *) *words++;
        assert(options_parse(argc, argv, &options) == 0);
        return legacy_order_read(&client, ret);
}

static int read_move_with_key(const char *key, LegacyOrder *ret) {
        char path[] = "/tmp/test-cli-mirror.XXXXXX", word[64];
        const char *const words[] = { "--monitor=/m", "--address=::1", "--port=1", word, NULL };
        int fd = mkstemp(path), r;

        assert(fd >= 0);
        assert(write(fd, key, strlen(key)) == (ssize_t) strlen(key));
        (void) snprintf(word, sizeof word, "--key-file=%s", path);
        r = read_move(words, ret);
        (void) close(fd);
        (void) unlink(path);
        return r;
}

static void test_a_move_has_the_key_that_is_in_a_file(void) {
        static const char key[] = "00112233445566778899aabbccddeeFF";
        static const char *const wrong[] = { "", "\n", "0011", "00112233445566778899aabbccddeef",
                                             "00112233445566778899aabbccddeexx" };
        char text[300];
        LegacyOrder order;

        (void) snprintf(text, sizeof text, "%s\nand more", key);
        assert(read_move_with_key(key, &order) == 0 && strcmp(order.key, key) == 0);
        assert(read_move_with_key(text, &order) == 0 && strcmp(order.key, key) == 0);
        (void) snprintf(text, sizeof text, "%s%s%s%s", key, key, key, key);
        assert(read_move_with_key(text, &order) == 0 && strcmp(order.key, text) == 0);
        (void) strcat(text, "00");
        assert(read_move_with_key(text, &order) == EXIT_FAILURE);
        for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
                assert(read_move_with_key(wrong[i], &order) == EXIT_FAILURE);
        legacy_order_done(&order);
        assert(!*order.key);
}

static void test_a_move_that_makes_no_sense_is_refused(void) {
        static const char *const wrong[][WORDS_MAX] = {
                { "--address=::1", "--port=1", "--tls=no" },
                { "--monitor=/m", "--port=1", "--tls=no" },
                { "--monitor=/m", "--address=::1", "--tls=no" },
                { "--monitor=/m", "--address=::1", "--port=0", "--tls=no" },
                { "--monitor=/m", "--address=::1", "--port=65536", "--tls=no" },
                { "--monitor=/m", "--address=::1", "--port=1" },
                { "--monitor=/m", "--address=::1", "--port=1", "--tls=no", "--key-file=/k" },
                { "--monitor=/m", "--address=::1", "--port=1", "--tls=no", "--sync=incremental" },
                { "--monitor=/m", "--address=::1", "--port=1", "--tls=no", "--id=7" },
                { "--monitor=/m", "--address=::1", "--port=1", "--tls=no", "--speed=x" },
                { "--monitor=/m", "--address=::1", "--port=1", "--certificates=/pki" },
                { "--monitor=/m", "--address=::1", "--port=1", "--tls=no", "--peer-name=b" },
        };
        static const char *const good[] = { "--monitor=/m",
                                            "--address=::1",
                                            "--port=65535",
                                            "--tls=no",
                                            "--sync=top",
                                            "--speed=1M",
                                            NULL };
        LegacyOrder order;

        for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
                assert(read_move(wrong[i], &order) == EXIT_USAGE);
        assert(read_move(good, &order) == 0);
        assert(order.port == 65535 && order.is_incremental && order.speed == 1048576 &&
               !*order.key);
        assert(mirror_id_is_chosen_well(order.id));
}

static void test_an_answer_that_is_lost_is_no_refusal(void) {
        const sd_bus_error none = SD_BUS_ERROR_NULL;
        const sd_bus_error refused = SD_BUS_ERROR_MAKE_CONST(SD_BUS_ERROR_ACCESS_DENIED, "no");
        const sd_bus_error unmapped = SD_BUS_ERROR_MAKE_CONST("org.npivot.Error.Other", "no");
        const sd_bus_error reset = SD_BUS_ERROR_MAKE_CONST("System.Error.ENOTCONN", "gone");
        const sd_bus_error lost = SD_BUS_ERROR_MAKE_CONST(SD_BUS_ERROR_NO_REPLY, "gone");

        assert(mirrord_reply_is_lost(&lost, -EIO));
        assert(mirrord_reply_is_lost(&none, -ECONNRESET));
        assert(mirrord_reply_is_lost(&none, -ETIMEDOUT));
        assert(mirrord_reply_is_lost(&reset, -ENOTCONN));
        assert(!mirrord_reply_is_lost(&refused, -EACCES));
        assert(!mirrord_reply_is_lost(&unmapped, -EIO));
        assert(!mirrord_reply_is_lost(&none, -ENOMEM));
}

int main(void) {
        test_what_has_ended_does_not_converge();
        test_an_order_has_what_was_told_and_a_name();
        test_what_a_daemon_would_refuse_too_late_is_refused();
        test_a_part_is_copied_only_to_what_was_there();
        test_a_target_has_a_key_exactly_where_tls_wants_one();
        test_a_move_has_the_key_that_is_in_a_file();
        test_a_move_that_makes_no_sense_is_refused();
        test_an_answer_that_is_lost_is_no_refusal();
        test_a_disk_names_node_place_and_size();
        test_a_disk_that_says_too_little_or_too_much_is_refused();
        test_bytes_are_numbers_with_a_unit_of_1024s();
        test_what_is_left_is_told_in_two_units_at_most();
        test_a_hundred_percent_means_that_nothing_is_left();
        test_a_bar_has_its_width_however_full_it_is();

        return EXIT_SUCCESS;
}
