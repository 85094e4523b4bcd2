/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-request.h"
#include "tests/unit/bus-call.h"

static BusPeer peer;

#define KEY "000102030405060708090a0b0c0d0e0f"
#define DISK "vda", "drive0", (uint64_t) 512, 49152, KEY

static void test_what_start_is_asked_for(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(
                &peer, "sa(sstqs)sa{sv}", "/run/qmp", 1, DISK, "::1", 11, "Sync", "s",
                "incremental", "Bitmap", "s", "backup", "CopyMode", "s", "write-blocking", "Id",
                "s", "web", "StallMsec", "u", 100, "Retries", "u", 100, "Verify", "s", "sample",
                "VerifyPorts", "a{sq}", 1, "vda", 49153, "Speed", "t", (uint64_t) 7, "Tls", "b",
                true, "Converge", "b", false);
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();

        assert(mirror_request_read(call, mirror, NULL) >= 0);
        assert(strcmp(mirror->monitor, "/run/qmp") == 0 && strcmp(mirror->address, "::1") == 0);
        assert(mirror->n_disks == 1 && mirror->disks[0].port == 49152);
        assert(strcmp(mirror->disks[0].node, "drive0") == 0);
        assert(strcmp(mirror->disks[0].key, KEY) == 0);
        assert(mirror->sync == SYNC_INCREMENTAL && strcmp(mirror->bitmap, "backup") == 0);
        assert(mirror->is_write_blocking && !mirror->is_governed && mirror->speed == 7);
        assert(mirror->stall_msec == 100 && mirror->n_retries_max == 100);
        assert(mirror->verify == VERIFY_SAMPLE && mirror->disks[0].verify_port == 49153);
        assert(strcmp(mirror->id, "web") == 0);
}

static void test_what_start_is_not_told(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(
                &peer, "sa(sstqs)sa{sv}", "/run/qmp", 1, DISK, "::1", 1, "Verify", "s", "never");
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();

        assert(mirror_request_read(call, mirror, NULL) >= 0);
        assert(mirror->sync == SYNC_FULL && mirror->is_governed && !mirror->is_write_blocking);
        assert(!*mirror->id && mirror->speed == 0 && !mirror->certificates && !mirror->bitmap);
}

static void test_an_option_of_start_that_is_wrong_is_refused(void) {
        static const struct {
                const char *name, *type, *value, *words;
        } cases[] = {
                { "Sync", "s", "some", "Sync is full, top or incremental, not “some”." },
                { "Verify", "s", "some", "Verify is always, sample or never, not “some”." },
                { "CopyMode", "s", "some",
                  "CopyMode is background or write-blocking, not “some”." },
                { "Bitmap", "s", "a b", "“a b” is not the name of a bitmap." },
                { "Bitmap", "s", "backup", "Sync incremental and Bitmap need each other." },
                { "Id", "s", "1", "“1” is not an id" },
                { "Id", "g", "s", "Id has a value of another type." },
                { "Retries", "s", "1", "Retries has a value of another type." },
                { "Converge", "s", "1", "Converge has a value of another type." },
                { "Incremental", "s", "1", "see Manager.Start in org.npivot.mirror1(5)." },
                { "Verify", "s", "always", "to verify it, VerifyPorts must have its port." },
                { "PeerName", "s", "host", "Certificates and PeerName need each other." },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
                        bus_call_of(&peer, "sa(sstqs)sa{sv}", "/run/qmp", 1, DISK, "::1", 1,
                                    cases[i].name, cases[i].type, cases[i].value);
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_(mirror_freep) Mirror *mirror = mirror_new();

                assert_refused(mirror_request_read(call, mirror, &error), &error, cases[i].words);
        }
}

static void test_a_number_of_start_has_its_limits(void) {
        static const struct {
                const char *name;
                uint32_t value;
                const char *words;
        } cases[] = {
                { "StallMsec", 99, "StallMsec is from 100 to 600000." },
                { "StallMsec", 600001, "StallMsec is from 100 to 600000." },
                { "Retries", 101, "Retries is at most 100." },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
                        bus_call_of(&peer, "sa(sstqs)sa{sv}", "/run/qmp", 1, DISK, "::1", 1,
                                    cases[i].name, "u", cases[i].value);
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_(mirror_freep) Mirror *mirror = mirror_new();

                assert_refused(mirror_request_read(call, mirror, &error), &error, cases[i].words);
        }
}

static int read_legacy(const char *name, const char *type, bool value, MirrorSync *ret,
                       sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(
                &peer, "ssqsa{sv}", "/run/qmp", "::1", 49152, KEY, 1, name, type, value);
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();
        int r = mirror_request_read_legacy(call, mirror, error);

        *ret = mirror->sync;
        assert(r < 0 || (mirror->kind == MIRROR_LEGACY && mirror->n_disks == 1));
        return r;
}

static void test_a_legacy_job_has_fewer_options(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL,
                                                  plain = SD_BUS_ERROR_NULL;
        MirrorSync sync;

        assert(read_legacy("Incremental", "b", true, &sync, NULL) >= 0 && sync == SYNC_TOP);
        assert(read_legacy("Incremental", "b", false, &sync, NULL) >= 0 && sync == SYNC_FULL);
        assert_refused(read_legacy("Tls", "b", false, &sync, &plain), &plain,
                       "with Tls=false or Certificates it has none");
        assert_refused(read_legacy("Converge", "b", true, &sync, &error), &error,
                       "see Manager.StartLegacy");
}

int main(void) {
        bus_peer_open(&peer);
        test_what_start_is_asked_for();
        test_what_start_is_not_told();
        test_an_option_of_start_that_is_wrong_is_refused();
        test_a_number_of_start_has_its_limits();
        test_a_legacy_job_has_fewer_options();
        bus_peer_done(&peer);
        return 0;
}
