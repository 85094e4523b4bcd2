/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/engine-command.h"
#include "mirrord/mirror-store.h"
#include "mirrord/relay-control.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#define KEY "000102030405060708090a0b0c0d0e0f"

static char dir[] = "/tmp/test-mirror.XXXXXX";
static int dir_fd;

static Mirror *make_mirror(void) {
        Mirror *mirror = mirror_new();
        MirrorDisk *disk;

        assert(mirror);
        (void) strcpy(mirror->id, "7");
        mirror->monitor = strdup("/run/qemu/web.monitor");
        mirror->address = strdup("2001:db8::1");
        mirror->bitmap = strdup("since-monday");
        mirror->sync = SYNC_INCREMENTAL;
        mirror->is_write_blocking = true;
        mirror->is_forced = mirror->is_paused = mirror->has_server = mirror->is_governed = true;
        mirror->verify = VERIFY_ALWAYS;
        mirror->stall_msec = 600000;
        mirror->n_retries_max = 100;
        mirror->n_retried = 3;
        mirror->certificates = strdup("/etc/npivot/pki");
        mirror->peer_name = strdup("b.example.com");
        mirror->speed = UINT64_MAX;
        mirror->uid = 4294967294;
        mirror->started_usec = 1700000000000000;
        mirror->phase = PHASE_SWITCHING;
        mirror->state = MIRROR_SWITCHING;
        mirror_set_message(&mirror->message, "vda: it; is # so\nand\033[31m");
        disk = mirror_add_disk(mirror);
        (void) strcpy(disk->name, "vda");
        (void) strcpy(disk->node, "#block123");
        (void) strcpy(disk->key, KEY);
        disk->size_bytes = INT64_MAX;
        disk->port = 65535;
        disk->is_finished = true;
        disk->verify_port = 49153;
        disk->again = AGAIN_CHANNEL;
        disk->has_own_bitmap = true;
        disk->proof = PROOF_SAME;
        disk = mirror_add_disk(mirror);
        (void) strcpy(disk->name, "vdb");
        (void) strcpy(disk->node, "libvirt-2-format");
        disk->size_bytes = 512;
        disk->port = 1;
        return mirror;
}

static void test_a_mirror_is_read_as_it_was_written(void) {
        _cleanup_(mirror_freep) Mirror *mirror = make_mirror(), *read = NULL;
        char words[MIRROR_STORE_WORDS_MAX];

        assert(mirror_store_write(dir_fd, mirror) == 0);
        assert(mirror_store_read(dir_fd, "7.conf", &read, words) == 0);
        assert(strcmp(read->id, "7") == 0 && strcmp(read->monitor, mirror->monitor) == 0);
        assert(strcmp(read->address, mirror->address) == 0);
        assert(strcmp(read->bitmap, mirror->bitmap) == 0 && read->sync == SYNC_INCREMENTAL);
        assert(read->is_write_blocking && read->speed == UINT64_MAX && read->uid == 4294967294);
        assert(read->is_forced && read->is_paused && read->has_server && read->is_governed);
        assert(read->verify == VERIFY_ALWAYS && read->stall_msec == 600000);
        assert(read->n_retries_max == 100 && read->n_retried == 3 && !read->is_verifying_again);
        assert(strcmp(read->certificates, "/etc/npivot/pki") == 0);
        assert(strcmp(read->peer_name, "b.example.com") == 0);
        assert(read->disks[0].verify_port == 49153 && read->disks[0].again == AGAIN_CHANNEL);
        assert(read->disks[0].has_own_bitmap && !read->disks[1].has_own_bitmap);
        assert(read->disks[0].proof == PROOF_SAME && read->disks[1].proof == PROOF_PENDING);
        assert(read->started_usec == mirror->started_usec);
        assert(read->phase == PHASE_SWITCHING && read->state == MIRROR_SWITCHING);
        assert(strcmp(read->message, "vda: it, is + so?and?[31m") == 0);
        assert(read->n_disks == 2 && strcmp(read->disks[0].node, "#block123") == 0);
        assert(strcmp(read->disks[0].key, KEY) == 0 && read->disks[0].is_finished);
        assert(read->disks[0].size_bytes == INT64_MAX && read->disks[0].port == 65535);
        assert(!*read->disks[1].key && !read->disks[1].is_finished);
        assert(mirror_store_remove(dir_fd, mirror) == 0);
        assert(mirror_store_remove(dir_fd, mirror) == -ENOENT);
}

static void test_a_file_that_is_none_is_said_and_left(void) {
        static const char *const bad[] = {
                "",
                "[Mirror]\nMonitor=/x\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:3:0:0\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:0:5:0\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:0:0:0:0\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:0:0:0\nStall=4294967296\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:0:0:0\nPhase=later\n",
                "[Mirror]\nMonitor=/x\nAddress=::1\nDisk=vda:n:512:1:-:0:0:0:0:0\nSpeed=fast\n",
        };
        char words[MIRROR_STORE_WORDS_MAX];
        Mirror *mirror;

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                assert(file_write_atomic(dir_fd, "8.conf", bad[i], strlen(bad[i]), 0600) == 0);
                words[0] = '\0';
                assert(mirror_store_read(dir_fd, "8.conf", &mirror, words) < 0 && *words);
        }
        assert(mirror_store_read(dir_fd, "8.txt", &mirror, words) == -EBADMSG);
        assert(mirror_store_read(dir_fd, ".conf", &mirror, words) == -EBADMSG);
        assert(mirror_store_read(dir_fd, "9.conf", &mirror, words) == -ENOENT);
        assert(unlinkat(dir_fd, "8.conf", 0) == 0);
}

static void test_names_are_what_units_files_and_qemu_can_bear(void) {
        static const char *const bad[] = { "",    ".",   "..",
                                           "-a",  "a/b", "a b",
                                           "a\n", "ä",   "12345678901234567890123456789012" };
        MirrorPart part;
        Mirror *mirror = make_mirror();

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(!mirror_name_is_valid(bad[i], MIRROR_NAME_MAX));
        assert(mirror_name_is_valid("vd-a_1.x", MIRROR_NAME_MAX));
        assert(strcmp(mirror_job_name(mirror->disks, part), "npivot-7-vda") == 0);
        assert(strcmp(mirror_last_job_name(mirror->disks, part), "npivotlast-7-vda") == 0);
        assert(strcmp(mirror_node_name(mirror->disks + 1, part), "npivot-7-1") == 0);
        assert(strcmp(mirror_relay_name(mirror->disks + 1, part), "7-vdb") == 0);
        (void) mirror_free(mirror);
}

static JsonValue *parse(const char *text) {
        JsonValue *value = NULL;

        assert(json_read(text, strlen(text), 16, &value) == 0);
        return value;
}

static void test_other_block_jobs_and_other_disks_are_refused_by_name(void) {
        _cleanup_(json_read_freep) JsonValue *own = parse("[{\"device\": \"npivot-7-vda\"}]");
        _cleanup_(json_read_freep) JsonValue *other =
                parse("[{\"device\": \"npivot-7-vda\"}, {\"device\": \"backup\\n\", \"type\": "
                      "\"commit\"}]");
        _cleanup_(json_read_freep) JsonValue *both =
                parse("[{\"device\": \"backup\"}, {\"device\": \"npivotlast-7-vdb\"}]");
        _cleanup_(json_read_freep) JsonValue *nodes =
                parse("[{\"node-name\": \"#block123\", \"image\": {\"virtual-size\": "
                      "9223372036854775807}}, {\"node-name\": \"libvirt-2-format\", \"image\": "
                      "{\"virtual-size\": -512}}]");
        _cleanup_(mirror_freep) Mirror *mirror = make_mirror();
        char words[512];

        free(TAKE_PTR(mirror->bitmap));
        /* It has not begun: what has its name is an earlier mirror's, and vda is not ours yet. */
        mirror->disks[0].has_own_bitmap = mirror->is_forced = false;
        mirror->n_retried = 0;
        assert(engine_check_jobs(mirror, own, words, sizeof words) == 0);
        assert(engine_check_jobs(mirror, other, words, sizeof words) == -EBUSY);
        assert(strstr(words, "backup? (commit)"));
        /* What somebody has begun since is no reason to end it, between two attempts neither. */
        mirror->n_retried = 1;
        assert(engine_check_jobs(mirror, other, words, sizeof words) == 0);
        mirror->n_retried = 0;
        assert(engine_check_jobs(mirror, both, words, sizeof words) == 0);
        mirror->disks[0].again = AGAIN_NOTHING;
        assert(engine_check_jobs(mirror, other, words, sizeof words) == 0);
        mirror->disks[0].again = AGAIN_CHANNEL;
        mirror->disks[0].has_own_bitmap = true;
        assert(engine_check_jobs(mirror, other, words, sizeof words) == 0);
        assert(engine_check_nodes(mirror, nodes, words, sizeof words) == -EINVAL);
        assert(strstr(words, "vdb: the disk has 0 bytes"));
        assert(engine_check_nodes(mirror, own, words, sizeof words) == -ENOENT);
        assert(engine_check_nodes(mirror, NULL, words, sizeof words) == -ENOENT);
}

static void test_only_what_is_right_above_its_file_is_a_raw_disk(void) {
        static const struct {
                const char *raw, *below;
                bool is_raw;
        } cases[] = {
                { "\"drv\": \"raw\", \"file\": \"/d\"", "\"drv\": \"file\", \"file\": \"/d\"",
                  true },
                { "\"drv\": \"raw\", \"file\": \"/d\"",
                  "\"drv\": \"host_device\", \"file\": \"/d\"", true },
                { "\"drv\": \"raw\", \"file\": \"/d\"",
                  "\"drv\": \"host_device\", \"file\": \"/e\"", false },
                { "\"drv\": \"raw\", \"file\": \"/d\"", "\"drv\": \"qcow2\", \"file\": \"/d\"",
                  false },
                { "\"drv\": \"qcow2\", \"file\": \"/d\"", "\"drv\": \"file\", \"file\": \"/d\"",
                  false },
                { "\"drv\": \"raw\", \"file\": \"json:{}\"",
                  "\"drv\": \"file\", \"file\": \"json:{}\"", false },
                { "\"drv\": \"raw\", \"file\": \"\"", "\"drv\": \"file\", \"file\": \"\"", false },
                { "\"drv\": \"raw\"", "\"drv\": \"file\"", false },
        };
        _cleanup_(mirror_freep) Mirror *mirror = make_mirror();

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(json_read_freep) JsonValue *nodes = NULL;
                char text[256];

                (void) snprintf(text, sizeof text, "[{\"node-name\": \"#block123\", %s}, {%s}]",
                                cases[i].raw, cases[i].below);
                nodes = parse(text);
                assert(engine_is_raw(nodes, mirror->disks) == cases[i].is_raw);
                assert(!engine_is_raw(nodes, mirror->disks + 1));
        }
        assert(!engine_is_raw(NULL, mirror->disks));
}

static void test_a_bitmap_that_cannot_be_relied_on_is_refused(void) {
        static const char *const bitmaps[] = {
                "{}",
                "{\"dirty-bitmaps\": []}",
                "{\"dirty-bitmaps\": [{\"name\": \"since-tuesday\"}]}",
                "{\"dirty-bitmaps\": [{\"name\": \"since-monday\", \"recording\": false}]}",
                "{\"dirty-bitmaps\": [{\"name\": \"since-monday\", \"inconsistent\": true}]}",
                "{\"dirty-bitmaps\": [{\"name\": \"since-monday\", \"recording\": true}]}",
        };
        _cleanup_(mirror_freep) Mirror *mirror = make_mirror();
        char words[512], text[256];

        mirror->n_disks = 1;
        mirror->disks[0].has_own_bitmap = false;
        for (size_t i = 0; i < ARRAY_LEN(bitmaps); i++) {
                _cleanup_(json_read_freep) JsonValue *nodes = NULL;

                (void) snprintf(text, sizeof text,
                                "[{\"node-name\": \"#block123\", \"image\": {\"virtual-size\": "
                                "9223372036854775807}%s%s]",
                                i > 0 ? ", " : "", i > 0 ? bitmaps[i] + 1 : "}");
                nodes = parse(text);
                assert(engine_check_nodes(mirror, nodes, words, sizeof words) ==
                       (i == ARRAY_LEN(bitmaps) - 1 ? 0 : -ENOENT));
                /* Once it was copied, the named one is not needed any more. */
                mirror->disks[0].has_own_bitmap = true;
                assert(engine_check_nodes(mirror, nodes, words, sizeof words) == 0);
                mirror->disks[0].has_own_bitmap = false;
        }
        mirror->n_disks = 2;
}

static void test_a_mirror_that_has_ended_says_so_of_its_disks(void) {
        _cleanup_(mirror_freep) Mirror *mirror = make_mirror();

        mirror->state = MIRROR_DONE;
        mirror_recall_disks(mirror);
        assert(mirror->disks[0].state == DISK_DONE && mirror->n_total == 0);
        mirror->sync = SYNC_FULL;
        mirror->n_disks = 2;
        mirror->disks[0].size_bytes = 1024;
        mirror_recall_disks(mirror);
        assert(mirror->n_done == 1536 && mirror->n_total == 1536);
        mirror->state = MIRROR_FAILED;
        mirror_recall_disks(mirror);
        assert(mirror->disks[1].state == DISK_FAILED);

        mirror->rate = mirror->dirty_rate = mirror->eta_usec = 5;
        mirror_stand_still(mirror);
        assert(mirror->rate == 0 && mirror->dirty_rate == 0 && mirror->eta_usec == UINT64_MAX);
}

static void test_ids_are_those_of_callers_or_ours(void) {
        static const char *const bad[] = { "",    "1",   "1a", "_a",  "a-b",
                                           "a.b", "a b", "ä",  "a/b", "abcdefghijklmnopqrstu" };

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(!mirror_id_is_valid(bad[i]));
        assert(mirror_id_is_valid("a") && mirror_id_is_valid("move_web1_42") &&
               mirror_id_is_valid("abcdefghijklmnopqrst"));
}

static void test_an_answer_of_a_verifier_is_one_or_none(void) {
        VerifyStatus status;

        assert(verify_parse_status("status settling 49153 1 2 3 4", &status) == 0);
        assert(strcmp(status.state, "settling") == 0 && status.port == 49153);
        assert(status.done == 1 && status.total == 2);
        assert(status.n_different == 3 && status.n_unsettled == 4);
        assert(verify_parse_status("status unsettled 1 2 3 0 7 5", &status) == 0);
        assert(status.n_unsettled == 7 && status.n_untold == 5);
        assert(verify_parse_status("status unsettled 1 2 3 0 7 0", &status) == 0);
        assert(status.n_unsettled == 7 && status.n_untold == 0);
        assert(verify_parse_status("status same 1 2 3 4", &status) == -EPROTO);
        assert(verify_parse_status("status same 1 2 3 4 5x", &status) == -EPROTO);
        assert(verify_parse_status("status same 1 2 3 4 5 x", &status) == -EPROTO);
        assert(verify_parse_status("status same 1 2 3 4 5 6 7", &status) == -EPROTO);
        assert(verify_parse_status("ok", &status) == -EPROTO);
}

static void test_what_an_older_verifier_does_not_tell_is_no_proof(void) {
        VerifyStatus status;

        assert(verify_parse_status("status unsettled 1 2 3 0 7", &status) == 0);
        assert(status.n_unsettled == 7 && status.n_untold == 7);
}

static void test_what_was_done_already_is_no_failure(void) {
        assert(engine_is_harmless(ENGINE_ADD_NODE, "Duplicate nodes with node-name='npivot-7-0'"));
        assert(engine_is_harmless(ENGINE_ADD_JOB, "Job ID 'npivot-7-vda' already in use"));
        assert(!engine_is_harmless(ENGINE_ADD_JOB, "Node 'vda' is busy: block device is in use"));
        assert(engine_is_harmless(ENGINE_REMOVE_NODE, "Failed to find node with node-name='x'"));
        assert(!engine_is_harmless(ENGINE_REMOVE_NODE, "Node x is in use"));
        assert(engine_is_harmless(ENGINE_FINISH,
                                  "The block job for device 'npivot-7-vda' is currently paused"));
        assert(!engine_is_harmless(ENGINE_FLUSH, "Error flushing drive: Input/output error"));
}

static void test_an_answer_of_a_relay_is_one_or_none(void) {
        static const char *const bad[] = { "",
                                           "ok",
                                           "status",
                                           "status running 1 2 3",
                                           "status running 1 2 3 4 5",
                                           "status running 1 2 3 4 x 6",
                                           "status running 1 2 3 4 5 6 7 8",
                                           "status RUNNING 1 2 3 4",
                                           "status running x 2 3 4" };
        RelayStatus status;

        assert(relay_parse_status("status running 49152 18446744073709551615 7 0", &status) == 0);
        assert(strcmp(status.state, "running") == 0 && status.port == 49152);
        assert(status.to_target == UINT64_MAX && status.from_target == 7 && status.limit == 0);
        assert(status.owed_msec == 0 && status.stall_msec == 0);
        assert(relay_parse_status("status running 49152 1 2 3 1234 30000", &status) == 0);
        assert(status.to_target == 1 && status.from_target == 2 && status.limit == 3);
        assert(status.owed_msec == 1234 && status.stall_msec == 30000 && status.rtt_usec == 0);
        assert(relay_parse_status("status waiting 49152 0 0 0 0 30000 180", &status) == 0);
        assert(status.stall_msec == 30000 && status.rtt_usec == 180);
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(relay_parse_status(bad[i], &status) == -EPROTO);
}

int main(void) {
        assert(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert(dir_fd >= 0);
        test_a_mirror_is_read_as_it_was_written();
        test_a_file_that_is_none_is_said_and_left();
        test_names_are_what_units_files_and_qemu_can_bear();
        test_other_block_jobs_and_other_disks_are_refused_by_name();
        test_only_what_is_right_above_its_file_is_a_raw_disk();
        test_a_bitmap_that_cannot_be_relied_on_is_refused();
        test_a_mirror_that_has_ended_says_so_of_its_disks();
        test_ids_are_those_of_callers_or_ours();
        test_an_answer_of_a_verifier_is_one_or_none();
        test_what_an_older_verifier_does_not_tell_is_no_proof();
        test_what_was_done_already_is_no_failure();
        test_an_answer_of_a_relay_is_one_or_none();
        (void) close(dir_fd);
        (void) rmdir(dir);
        return 0;
}
