/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/target/target-store.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#define TOKEN "0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/test-target.XXXXXX";
static int dir_fd;

static TargetDisk *add_disk(Target *target, const char *name, const char *path) {
        TargetDisk *disk = target_add_disk(target);

        assert(disk);
        (void) strcpy(disk->name, name);
        (void) strcpy(disk->path, path);
        (void) strcpy(disk->token, TOKEN);
        disk->size_bytes = 512;
        return disk;
}

static Target *make_target(void) {
        Target *target = target_new();
        TargetDisk *disk;

        assert(target);
        (void) strcpy(target->id, "web_1");
        target->address = strdup("2001:db8::1");
        target->certificates = strdup("/etc/pki/mirror");
        target->peer_name = strdup("host-a.example");
        target->monitor = strdup("/run/qemu/web.monitor");
        target->first_port = 1;
        target->last_port = 65535;
        target->uid = 4294967294;
        target->started_usec = UINT64_MAX;
        target->phase = TARGET_PHASE_EXPORTING;
        target->state = TARGET_LISTENING;
        target->has_server = true;
        mirror_set_message(&target->message, "vda: it; is # so\nand\033[31m");
        disk = add_disk(target, "vda", "/srv/a:b/vda.raw");
        disk->size_bytes = INT64_MAX - 511;
        disk->format = STORAGE_QCOW2;
        disk->allocation = STORAGE_FULL;
        disk->may_overwrite = true;
        disk->stage = STAGE_PLACED;
        disk->kind = STORAGE_FILE;
        disk->ports[TARGET_RELAY] = 65535;
        (void) strcpy(disk->owner, "libvirt-qemu");
        (void) strcpy(disk->place, "2.65f0.1");
        (void) strcpy(disk->identity, "c.65f0.ff");
        (void) strcpy(disk->node, "#block123");
        (void) strcpy(disk->key, TOKEN TOKEN);
        disk = add_disk(target, "vdb", "/dev/vg0/vdb");
        disk->may_overcommit = true;
        return target;
}

static void test_a_target_is_read_as_it_was_written(void) {
        _cleanup_(target_freep) Target *target = make_target(), *read = NULL;
        char words[TARGET_STORE_WORDS_MAX];

        assert(target_store_write(dir_fd, target) == 0);
        assert(target_store_read(dir_fd, "web_1.conf", &read, words) == 0);
        assert(strcmp(read->id, "web_1") == 0 && target_is_same(read, target));
        assert(strcmp(read->monitor, target->monitor) == 0 && read->has_server);
        assert(!read->is_served && !read->is_forgotten && read->uid == 4294967294);
        assert(read->started_usec == UINT64_MAX && read->phase == TARGET_PHASE_EXPORTING);
        assert(read->state == TARGET_LISTENING);
        assert(strcmp(read->message, "vda: it, is + so?and?[31m") == 0);
        assert(read->n_disks == 2 && read->disks[0].stage == STAGE_PLACED);
        assert(read->disks[0].kind == STORAGE_FILE && read->disks[0].ports[TARGET_RELAY] == 65535);
        assert(strcmp(read->disks[0].place, "2.65f0.1") == 0);
        assert(strcmp(read->disks[0].identity, "c.65f0.ff") == 0);
        assert(strcmp(read->disks[0].node, "#block123") == 0);
        assert(strcmp(read->disks[0].key, TOKEN TOKEN) == 0);
        assert(strcmp(read->disks[1].token, TOKEN) == 0 && !*read->disks[1].key);
        assert(!*read->disks[1].place && !*read->disks[1].node);
        assert(target_store_remove(dir_fd, target) == 0);
        assert(target_store_remove(dir_fd, target) == -ENOENT);
}

#define GOOD_DISK "Disk=vda:512:raw:off:0:0:-:new:-:" TOKEN ":-:-:-:-:0:0:/srv/vda\n"

static void test_a_file_that_is_none_is_said_and_left(void) {
        static const char *const bad[] = {
                "",
                "[Target]\nAddress=::1\n",
                "[Target]\n" GOOD_DISK,
                "[Target]\nAddress=::1\n" GOOD_DISK "Phase=later\n",
                "[Target]\nAddress=::1\n" GOOD_DISK "Phase=exporting\n",
                "[Target]\nAddress=::1\n" GOOD_DISK "FirstPort=65536\n",
                "[Target]\nAddress=::1\n" GOOD_DISK "Plain=2\n",
                "[Target]\nAddress=::1\nDisk=vda\n",
                "[Target]\nAddress=::1\nDisk=vda:512:raw:off:0:0:-:new:-:" TOKEN ":-:-:-:-:0:0\n",
                "[Target]\nAddress=::1\nDisk=../x:512:raw:off:0:0:-:new:-:" TOKEN
                ":-:-:-:-:0:0:/srv/vda\n",
                "[Target]\nAddress=::1\nDisk=vda:513:raw:off:0:0:-:new:-:" TOKEN
                ":-:-:-:-:0:0:/srv/vda\n",
                "[Target]\nAddress=::1\nDisk=vda:512:raw:off:0:0:-:new:-:" TOKEN
                ":-:-:-:-:0:0:/srv/../vda\n",
                "[Target]\nAddress=::1\nDisk=vda:512:raw:off:0:0:-:new:-:" TOKEN
                ":../x:-:-:-:0:0:/srv/vda\n",
                "[Target]\nAddress=::1\nDisk=vda:512:raw:off:0:0:-:new:-::-:-:-:-:0:0:/srv/vda\n",
                "[Target]\nAddress=::1\nDisk=vda:512:raw:off:0:0:-:never:-:" TOKEN
                ":-:-:-:-:0:0:/srv/vda\n",
        };
        char words[TARGET_STORE_WORDS_MAX];
        Target *target;

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                assert(file_write_atomic(dir_fd, "bad.conf", bad[i], strlen(bad[i]), 0600) == 0);
                words[0] = '\0';
                assert(target_store_read(dir_fd, "bad.conf", &target, words) < 0 && *words);
        }
        assert(file_write_atomic(dir_fd, "bad.conf", "[Target]\nAddress=::1\n" GOOD_DISK,
                                 strlen("[Target]\nAddress=::1\n" GOOD_DISK), 0600) == 0);
        assert(target_store_read(dir_fd, "bad.conf", &target, words) == 0);
        (void) target_free(target);
        assert(target_store_read(dir_fd, "bad.txt", &target, words) == -EBADMSG);
        assert(target_store_read(dir_fd, ".conf", &target, words) == -EBADMSG);
        assert(target_store_read(dir_fd, "a-b.conf", &target, words) == -EBADMSG);
        assert(target_store_read(dir_fd, "none.conf", &target, words) == -ENOENT);
        assert(unlinkat(dir_fd, "bad.conf", 0) == 0);
}

/* 64 disks with the longest paths and all that belongs to them. */
static void test_the_largest_target_fits_into_a_file(void) {
        _cleanup_(target_freep) Target *target = make_target(), *read = NULL;
        char words[TARGET_STORE_WORDS_MAX], name[MIRROR_NAME_MAX + 1];
        char path[STORAGE_PATH_MAX + 1];

        target->n_disks = 0;
        (void) memset(path, 'x', sizeof path);
        for (size_t i = 0; i < STORAGE_PATH_MAX; i += 100)
                path[i] = '/';
        path[STORAGE_PATH_MAX] = '\0';
        for (size_t i = 0; i < MIRROR_DISKS_MAX; i++) {
                TargetDisk *disk;

                (void) snprintf(name, sizeof name, "disk-with-a-long-name-%09zu", i);
                disk = add_disk(target, name, path);
                disk->size_bytes = INT64_MAX - 511;
                (void) memset(disk->place, 'f', sizeof disk->place - 1);
                (void) memset(disk->identity, 'f', sizeof disk->identity - 1);
                (void) memset(disk->node, 'n', sizeof disk->node - 1);
                (void) memset(disk->owner, 'u', 32);
                (void) strcpy(disk->key, TOKEN TOKEN);
        }
        assert(!target_add_disk(target));
        assert(target_store_write(dir_fd, target) == 0);
        assert(target_store_read(dir_fd, "web_1.conf", &read, words) == 0);
        assert(read->n_disks == MIRROR_DISKS_MAX && target_is_same(read, target));
        assert(target_store_remove(dir_fd, target) == 0);
}

static void test_paths_lead_nowhere_else(void) {
        static const char *const bad[] = { "",      "vda",   "/",     "//a",    "/a/",  "/a//b",
                                           "/a/.",  "/a/..", "/../a", "/a/./b", "/a b", "/a\tb",
                                           "/a\nb", "/a;b",  "/a#b",  "/a\"b",  "/a'b", "/a\\b" };
        char longest[STORAGE_PATH_MAX + 2];

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(!storage_path_is_valid(bad[i]));
        assert(storage_path_is_valid("/a") && storage_path_is_valid("/dev/vg0/lv-1"));
        assert(storage_path_is_valid("/srv/.hidden/..a/ä:b"));

        (void) memset(longest, 'x', sizeof longest);
        for (size_t i = 0; i < sizeof longest; i += 100)
                longest[i] = '/';
        longest[STORAGE_PATH_MAX + 1] = '\0';
        assert(!storage_path_is_valid(longest));
        longest[STORAGE_PATH_MAX] = '\0';
        assert(storage_path_is_valid(longest));
        (void) memset(longest + 1, 'x', STORAGE_NAME_MAX + 1);
        assert(!storage_path_is_valid(longest));
}

static void test_a_request_is_read_as_it_was_written(void) {
        const StorageRequest request = { .verb = STORAGE_REMOVE,
                                         .msec = 5000,
                                         .token = TOKEN,
                                         .kind = STORAGE_VOLUME,
                                         .size_bytes = 4096,
                                         .format = STORAGE_QCOW2,
                                         .allocation = STORAGE_FALLOC,
                                         .may_overwrite = true,
                                         .may_overcommit = true,
                                         .owner = "libvirt-qemu",
                                         .place = "2.1.1",
                                         .identity = "c.1.1",
                                         .path = "/dev/vg0/a:b" };
        StorageRequest read;
        char text[STORAGE_PACKET_MAX], again[STORAGE_PACKET_MAX];
        const char *words;

        storage_request_format(&request, text);
        assert(strcmp(text,
                      "remove\t5000\t" TOKEN "\tvolume\t4096\tqcow2\tfalloc\tws\tlibvirt-qemu\t"
                      "2.1.1\tc.1.1\t/dev/vg0/a:b") == 0);
        assert(storage_request_parse(strcpy(again, text), &read, &words) == 0 && !words);
        storage_request_format(&read, again);
        assert(strcmp(text, again) == 0);
}

static void test_a_request_that_is_none_is_refused_with_words(void) {
        static const char *const bad[] = {
                "",
                "check",
                "mend\t1\t" TOKEN "\t-\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t0\t" TOKEN "\t-\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\tshort\t-\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t-\t-\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t../../../../etc/x\t-\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\tdir\t512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t511\traw\toff\t-\t-\t-\t-\t/a",
                "create\t1\t" TOKEN "\t-\t0\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t-512\traw\toff\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\tvmdk\toff\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\traw\tsome\t-\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\traw\toff\tx\t-\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\traw\toff\t-\t-x\t-\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\traw\toff\t-\t-\t/\t-\t/a",
                "check\t1\t" TOKEN "\t-\t512\traw\toff\t-\t-\t-\t-\ta",
                "check\t1\t" TOKEN "\t-\t512\traw\toff\t-\t-\t-\t-\t/a\t/b",
        };
        StorageRequest request = { .msec = 42 };

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                _cleanup_free_ char *text = strdup(bad[i]);
                const char *words = NULL;

                assert(text && storage_request_parse(text, &request, &words) == -EINVAL);
                assert(words && *words && request.msec == 42);
        }
}

static void test_names_cannot_be_those_of_a_job(void) {
        _cleanup_(target_freep) Target *target = make_target();
        MirrorPart part;
        TargetPath path;

        assert(strcmp(target_unit_name(target->disks, part), "target.web_1-vda") == 0);
        assert(!mirror_id_is_valid("target.web_1"));
        assert(strcmp(target_export_name(target->disks, part), "npivot-web_1-vda") == 0);
        assert(strcmp(target_socket(target, path), "/run/npivot/mirror/target/web_1/nbd") == 0);
        assert(!target_id_is_valid("") && !target_id_is_valid("a.b") && !target_id_is_valid("a/b"));
        assert(!target_id_is_valid("12345678901234567890123456789012"));
}

static void test_keys_are_drawn(void) {
        char a[2 * 32 + 1], b[2 * 32 + 1];

        assert(target_draw(a, 32) == 0 && target_draw(b, 32) == 0);
        assert(strlen(a) == 64 && strspn(a, "0123456789abcdef") == 64 && strcmp(a, b) != 0);
}

int main(void) {
        assert(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert(dir_fd >= 0);
        test_a_target_is_read_as_it_was_written();
        test_a_file_that_is_none_is_said_and_left();
        test_the_largest_target_fits_into_a_file();
        test_paths_lead_nowhere_else();
        test_a_request_is_read_as_it_was_written();
        test_a_request_that_is_none_is_refused_with_words();
        test_names_cannot_be_those_of_a_job();
        test_keys_are_drawn();
        (void) close(dir_fd);
        (void) rmdir(dir);
        return 0;
}
