/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "lunwatch/path/devpath.h"

#include <assert.h>
#include <string.h>

#define VHBA "/devices/pci0000:00/0000:05:00.0/host5/vport-5:0-0/host6/rport-6:0-2/target6:0:1"
#define HBA "/devices/pci0000:00/0000:05:00.0/host5/rport-5:0-2/target5:0:1"

static void test_hctl_is_read_as_the_kernel_prints_it(void) {
        HctlString text;
        Hctl hctl;

        assert(hctl_parse("7:0:12:16384", &hctl) == 0);
        assert(hctl.host == 7 && hctl.channel == 0 && hctl.target == 12 && hctl.lun == 16384);
        assert(strcmp(hctl_format(&hctl, text), "7:0:12:16384") == 0);
}

static void test_the_longest_hctl_fits(void) {
        static const char longest[] = "4294967295:4294967295:4294967295:18446744073709551615";
        HctlString text;
        Hctl hctl;

        assert(hctl_parse(longest, &hctl) == 0);
        assert(strcmp(hctl_format(&hctl, text), longest) == 0);
}

static void test_malformed_hctl_is_refused(void) {
        static const char *const malformed[] = {
                "",
                "7",
                "7:0:0",
                "7:0:0:",
                "7:0:0:0:0",
                "7:0:0:0 ",
                " 7:0:0:0",
                "7:0:0:-1",
                "7:0:0:+1",
                "07:0:0:0",
                "7:0:0:00",
                "7:0:0:0x1",
                "host7:0:0:0",
                "7:0:0:0\n",
                "4294967296:0:0:0",
                "a:b:c:d",
                "7::0:0",
                "7:0:0:18446744073709551616",
                "7:0:0:99999999999999999999",
        };

        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                Hctl hctl = { .lun = 42 };

                assert(hctl_parse(malformed[i], &hctl) == -EINVAL);
                assert(hctl.lun == 42);
        }
}

static void test_rport_is_read_and_printed(void) {
        RportString text;
        RportId rport;

        assert(rport_parse("rport-6:0-12", &rport) == 0);
        assert(rport.host == 6 && rport.channel == 0 && rport.number == 12);
        assert(strcmp(rport_format(&rport, text), "rport-6:0-12") == 0);
        assert(rport_parse("rport-6:0", &rport) == -EINVAL);
        assert(rport_parse("rport-6:0-1x", &rport) == -EINVAL);
        assert(rport_parse("vport-6:0-1", &rport) == -EINVAL);
}

static void test_disk_behind_a_vport_is_a_vhbas(void) {
        DevPath path;

        assert(devpath_parse(VHBA "/6:0:1:3/block/sdb", &path) == 0);
        assert(hctl_equals(&path.hctl, &(Hctl){ 6, 0, 1, 3 }));
        assert(path.rport.host == 6 && path.rport.number == 2);
        assert(path.is_vhba && path.hba_host == 5 && path.transport == PATH_FC);
}

static void test_disk_behind_the_physical_port_is_not(void) {
        DevPath path;

        assert(devpath_parse(HBA "/5:0:1:3", &path) == 0);
        assert(hctl_equals(&path.hctl, &(Hctl){ 5, 0, 1, 3 }));
        assert(!path.is_vhba && path.hba_host == 5);
}

static void test_relative_links_of_sysfs_are_understood(void) {
        DevPath path;

        assert(devpath_parse("../../.." VHBA "/6:0:1:3", &path) == 0);
        assert(path.hctl.lun == 3);
        assert(devpath_parse("../../..//" HBA "//5:0:1:3//block", &path) == 0);
}

static void test_disk_behind_a_session_is_an_iscsi_path(void) {
        DevPath path;

        assert(devpath_parse("/devices/platform/host8/session12/target8:0:0/8:0:0:7/block/sdb",
                             &path) == 0);
        assert(path.transport == PATH_ISCSI);
        assert(hctl_equals(&path.hctl, &(Hctl){ 8, 0, 0, 7 }));
        assert(path.rport.host == 8 && path.rport.number == 12);
        assert(!path.is_vhba && path.hba_host == 8);
}

static void test_what_is_neither_fibre_channel_nor_iscsi_is_told_apart(void) {
        static const char *const others[] = {
                "",
                "/",
                "/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda",
                "/devices/platform/host3/target3:0:0/3:0:0:1",
                "/devices/platform/session1/target3:0:0/3:0:0:1",
                "/devices/virtual/block/dm-0",
                VHBA,
                VHBA "/block/sdb",
        };

        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                DevPath path;

                assert(devpath_parse(others[i], &path) == -ENXIO);
        }
}

static void test_parts_that_contradict_each_other_are_refused(void) {
        static const char *const contradictions[] = {
                "/devices/host5/rport-6:0-2/target5:0:1/5:0:1:0",
                "/devices/host5/rport-5:0-2/target6:0:1/6:0:1:0",
                "/devices/host5/rport-5:0-2/target5:0:1/5:0:2:0",
                "/devices/host5/rport-5:0-2/target5:0:1/x/5:0:1:0",
                "/devices/host5/rport-5:0-2/host6/target6:0:1/6:0:1:0",
                "/devices/rport-5:0-2/target5:0:1/5:0:1:0",
                "/devices/host5/session1x/target5:0:1/5:0:1:0",
        };

        for (size_t i = 0; i < ARRAY_LEN(contradictions); i++) {
                DevPath path;

                assert(devpath_parse(contradictions[i], &path) == -ENXIO);
        }
}

static void test_a_component_of_any_length_is_passed_over(void) {
        char text[8192];
        DevPath path;

        memset(text, 'x', sizeof text);
        text[0] = '/';
        (void) strcpy(text + sizeof text - 512, HBA "/5:0:1:3");
        assert(devpath_parse(text, &path) == 0);
}

int main(void) {
        test_hctl_is_read_as_the_kernel_prints_it();
        test_the_longest_hctl_fits();
        test_malformed_hctl_is_refused();
        test_rport_is_read_and_printed();
        test_disk_behind_a_vport_is_a_vhbas();
        test_disk_behind_the_physical_port_is_not();
        test_relative_links_of_sysfs_are_understood();
        test_disk_behind_a_session_is_an_iscsi_path();
        test_what_is_neither_fibre_channel_nor_iscsi_is_told_apart();
        test_parts_that_contradict_each_other_are_refused();
        test_a_component_of_any_length_is_passed_over();
        return 0;
}
