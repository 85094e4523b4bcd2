/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/legacy-part.h"
#include "mirrord/mirror-store.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

static JsonValue *parse(const char *text) {
        JsonValue *value = NULL;

        assert(json_read(text, strlen(text), 16, &value) == 0);
        return value;
}

/* As QEMU 7.2 has it, and without what it does not matter. */
#define SCHEMA(members) \
        "[{\"name\": \"migrate\", \"meta-type\": \"command\", \"arg-type\": \"1\"}, " \
        "{\"name\": \"1\", \"meta-type\": \"object\", \"members\": [" members "]}, " \
        "{\"name\": \"str\", \"meta-type\": \"builtin\"}]"
#define MEMBER(name) "{\"name\": \"" name "\", \"type\": \"str\"}"

static void test_a_qemu_without_block_migration_is_refused_by_its_version(void) {
        _cleanup_(json_read_freep) JsonValue *both =
                parse(SCHEMA(MEMBER("uri") ", " MEMBER("blk") ", " MEMBER("inc")));
        _cleanup_(json_read_freep) JsonValue *full =
                parse(SCHEMA(MEMBER("uri") ", " MEMBER("blk")));
        _cleanup_(json_read_freep) JsonValue *none = parse(SCHEMA(MEMBER("uri")));
        const QmpVersion old = { .major = 7, .minor = 2, .micro = 22 };
        const QmpVersion last = { .major = 9, .minor = 0, .micro = 2 };
        const QmpVersion first = { .major = 9, .minor = 1 };
        const QmpVersion new = { .major = 10, .minor = 0, .micro = 13 };
        char words[256] = "";

        assert(legacy_check(&old, true, both, false, words, sizeof words) == 0);
        assert(legacy_check(&old, true, both, true, words, sizeof words) == 0);
        assert(legacy_check(&old, true, full, false, words, sizeof words) == 0);
        assert(!*words);
        assert(legacy_check(&old, true, full, true, words, sizeof words) == -EOPNOTSUPP);
        assert(legacy_check(&last, false, both, false, words, sizeof words) == -EOPNOTSUPP);
        assert(strcmp(words, "QEMU 9.0.2 has no block migration: mirror the disks instead.") == 0);
        assert(legacy_check(&first, false, none, false, words, sizeof words) == -EOPNOTSUPP);
        assert(strcmp(words, "QEMU 9.1.0 has no block migration any more (gone with 9.1): mirror "
                             "the disks instead.") == 0);
        assert(legacy_check(&new, false, NULL, false, words, sizeof words) == -EOPNOTSUPP);
        assert(strstr(words, "QEMU 10.0.13 has no block migration any more (gone with 9.1): "));
}

static void test_capabilities_are_those_that_a_single_stream_can_have(void) {
        _cleanup_(json_read_freep) JsonValue *list =
                parse("[{\"capability\": \"xbzrle\", \"state\": true}, {\"capability\": "
                      "\"return-path\", \"state\": false}, {\"capability\": \"block\", \"state\": "
                      "true}, {\"capability\": \"multifd\", \"state\": true}, 7, {}]");
        _cleanup_(qmp_arguments_freep) QmpArguments *wanted = legacy_want_capabilities(list);
        _cleanup_(json_read_freep) JsonValue *read = NULL;
        const JsonValue *items;

        assert(legacy_has_capability(list, "block") && !legacy_has_capability(list, "events"));
        assert(!legacy_has_capability(NULL, "block") && wanted);
        read = parse(qmp_arguments_text(wanted));
        items = json_read_array(read, "capabilities");
        assert(json_read_length(items) == 3);
        for (size_t i = 0; i < 3; i++) {
                const char *name = json_read_string(json_read_item(items, i), "capability");

                assert(legacy_has_capability(list, name) && strcmp(name, "xbzrle") != 0);
                assert(json_read_bool(json_read_item(items, i), "state", true) ==
                       (strcmp(name, "return-path") == 0));
        }
}

static void test_what_can_be_lost_has_a_limit_whatever_is_asked_for(void) {
        assert(legacy_limit(0) == LEGACY_SPEED_MAX && legacy_limit(UINT64_MAX) == LEGACY_SPEED_MAX);
        assert(legacy_limit(LEGACY_SPEED_MAX) == LEGACY_SPEED_MAX && legacy_limit(1) == 1);
        assert(LEGACY_SPEED_MAX <= 128 << 20 && LEGACY_DOWNTIME_MSEC <= 300);
}

static void test_a_migration_goes_on_until_it_has_ended(void) {
        static const char *const active[] = { "setup",      "active",         "device",
                                              "cancelling", "pre-switchover", "something-new" };
        static const char *const ended[] = { "", "none", "completed", "failed", "cancelled" };

        for (size_t i = 0; i < ARRAY_LEN(active); i++)
                assert(legacy_is_active(active[i]));
        for (size_t i = 0; i < ARRAY_LEN(ended); i++)
                assert(!legacy_is_active(ended[i]));
}

static void test_memory_and_disks_are_counted_together(void) {
        _cleanup_(json_read_freep) JsonValue *both =
                parse("{\"ram\": {\"total\": 100, \"remaining\": 40, \"transferred\": 7}, "
                      "\"disk\": {\"total\": 1000, \"remaining\": 1, \"transferred\": 999}}");
        _cleanup_(json_read_freep) JsonValue *odd =
                parse("{\"ram\": {\"total\": 5, \"remaining\": 6}, \"disk\": [1], \"status\": 3}");
        LegacyProgress progress = legacy_read_progress(both);

        assert(progress.n_total == 1100 && progress.n_done == 1059 && progress.n_sent == 1006);
        progress = legacy_read_progress(odd);
        assert(progress.n_total == 5 && progress.n_done == 0 && progress.n_sent == 0);
        progress = legacy_read_progress(NULL);
        assert(progress.n_total == 0 && progress.n_done == 0 && progress.n_sent == 0);
}

static Mirror *make_job(void) {
        Mirror *mirror = mirror_new();
        MirrorDisk *machine;

        assert(mirror);
        (void) strcpy(mirror->id, "move");
        mirror->kind = MIRROR_LEGACY;
        mirror->monitor = strdup("/run/qemu/web.monitor");
        mirror->address = strdup("192.0.2.1");
        mirror->sync = SYNC_TOP;
        machine = mirror_add_disk(mirror);
        (void) strcpy(machine->name, MIRROR_MACHINE);
        (void) strcpy(machine->node, MIRROR_MACHINE);
        machine->size_bytes = 1;
        machine->port = 49301;
        return mirror;
}

static void test_a_job_is_read_as_it_was_written(int dir_fd) {
        static const char two[] = "[Mirror]\nEngine=legacy\nMonitor=/x\nAddress=::1\n"
                                  "Disk=a:a:1:1:-:0:0:0:0:0\nDisk=b:b:1:1:-:0:0:0:0:0\n";
        static const char odd[] = "[Mirror]\nEngine=steam\nMonitor=/x\nAddress=::1\n"
                                  "Disk=a:a:1:1:-:0:0:0:0:0\n";
        _cleanup_(mirror_freep) Mirror *mirror = make_job(), *read = NULL, *again = NULL;
        char words[MIRROR_STORE_WORDS_MAX];
        Mirror *other;

        assert(mirror_store_write(dir_fd, mirror) == 0);
        assert(mirror_store_read(dir_fd, "move.conf", &read, words) == 0);
        assert(read->kind == MIRROR_LEGACY && read->sync == SYNC_TOP && read->n_disks == 1);
        assert(!read->is_begun && !read->was_running && mirror_is_same_request(read, mirror));
        mirror->is_begun = mirror->was_running = true;
        assert(mirror_store_write(dir_fd, mirror) == 0);
        assert(mirror_store_read(dir_fd, "move.conf", &again, words) == 0);
        assert(again->is_begun && again->was_running);
        again->kind = MIRROR_QEMU;
        assert(!mirror_is_same_request(again, mirror));

        assert(file_write_atomic(dir_fd, "move.conf", two, strlen(two), 0600) == 0);
        assert(mirror_store_read(dir_fd, "move.conf", &other, words) < 0);
        assert(strstr(words, "a legacy job has one Disk"));
        assert(file_write_atomic(dir_fd, "move.conf", odd, strlen(odd), 0600) == 0);
        assert(mirror_store_read(dir_fd, "move.conf", &other, words) < 0);
        assert(mirror_store_remove(dir_fd, mirror) == 0);
}

int main(void) {
        char dir[] = "/tmp/test-legacy.XXXXXX";
        int dir_fd;

        assert(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert(dir_fd >= 0);
        test_a_qemu_without_block_migration_is_refused_by_its_version();
        test_capabilities_are_those_that_a_single_stream_can_have();
        test_what_can_be_lost_has_a_limit_whatever_is_asked_for();
        test_a_migration_goes_on_until_it_has_ended();
        test_memory_and_disks_are_counted_together();
        test_a_job_is_read_as_it_was_written(dir_fd);
        (void) close(dir_fd);
        (void) rmdir(dir);
        return 0;
}
