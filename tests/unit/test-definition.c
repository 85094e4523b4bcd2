/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/definition.h"

#include <assert.h>
#include <string.h>

#define NAMES "[Vhba]\nWwpn=2101001b32a90004\nWwnn=2001001b32a9da4e\n"

static int parse(const char *text, Definition *ret, ConfError *error) {
        /* Of exactly that size on the heap, so that the sanitizer sees a byte too far. */
        size_t size = strlen(text);
        _cleanup_free_ char *exact = malloc(size > 0 ? size : 1);

        assert(exact);
        memcpy(exact, text, size);
        *error = (ConfError){ 0 };
        return definition_parse(exact, size, ret, error);
}

static void assert_refused(const char *text, unsigned line, const char *what) {
        Definition definition = { .wwpn = 42 };
        ConfError error;

        assert(parse(text, &definition, &error) == -EBADMSG);
        assert(error.line == line);
        assert(strstr(error.what, what));
        assert(definition.wwpn == 42 && !definition.expect);
}

static void assert_line_refused(const char *line, const char *what) {
        _cleanup_free_ char *text = NULL;

        assert(asprintf(&text, NAMES "%s\n", line) > 0);
        assert_refused(text, 4, what);
}

static void assert_round_trip(const Definition *definition) {
        _cleanup_(definition_donep) Definition again = { 0 };
        _cleanup_free_ char *text = NULL;
        ConfError error;

        assert(definition_format(definition, &text) == 0);
        assert(parse(text, &again, &error) == 0);
        assert(definition_equal(definition, &again));
}

static void test_the_sample_of_the_manual_is_read(void) {
        static const char sample[] =
                "[Vhba]\n"
                "Wwpn=2101001b32a90004\n"
                "Wwnn=2001001b32a9da4e\n"
                "Parent=wwpn:21000024ff1a2b3c        # or pci:0000:05:00.0, fabric:<wwn>, auto\n"
                "Peer=2101001b32a90002\n"
                "Role=secondary\n"
                "SymbolicName=web1\n"
                "\n"
                "[Expect]\n"
                "Lun=0 wwid:60014050000000100004000800000000 paths:2\n"
                "TimeoutSec=60\n";
        _cleanup_(definition_donep) Definition definition = { 0 };
        ConfError error;

        assert(parse(sample, &definition, &error) == 0);
        assert(definition.wwpn == 0x2101001b32a90004);
        assert(definition.wwnn == 0x2001001b32a9da4e);
        assert(definition.parent.kind == PARENT_WWPN);
        assert(definition.parent.wwn == 0x21000024ff1a2b3c);
        assert(definition.peer == 0x2101001b32a90002);
        assert(definition.role == ROLE_SECONDARY);
        assert(strcmp(definition.symbolic_name, "web1") == 0);
        assert(definition.n_expect == 1);
        assert(definition.expect[0].lun == 0);
        assert(definition.expect[0].paths == 2);
        assert(strcmp(definition.expect[0].wwid, "60014050000000100004000800000000") == 0);
        assert(definition.timeout_usec == 60 * UINT64_C(1000000));
        assert_round_trip(&definition);
}

static void test_two_names_are_enough(void) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        ConfError error;

        assert(parse(NAMES, &definition, &error) == 0);
        assert(definition.parent.kind == PARENT_AUTO);
        assert(definition.peer == 0 && definition.role == ROLE_NONE);
        assert(definition.n_expect == 0);
        assert(definition.timeout_usec == TIMEOUT_USEC_DEFAULT);
        assert_round_trip(&definition);
}

static void test_names_are_required_and_must_be_names(void) {
        assert_refused("", 0, "Wwpn= is missing");
        assert_refused("[Vhba]\nWwnn=2001001b32a9da4e\n", 0, "Wwpn= is missing");
        assert_refused("[Vhba]\nWwpn=2101001b32a90004\n", 0, "Wwnn= is missing");
        assert_refused("[Vhba]\nWwpn=web1\n", 2, "Wwpn=web1 is not");
        assert_refused("[Vhba]\n\nWwnn=\n", 3, "Wwnn= is not");
        assert_refused("[Vhba]\nWwpn=0000000000000000\n", 2, "is not a World Wide Name");
        assert_refused("[Vhba]\nWwpn=3101001b32a90004\n", 2, "begins with 3");
        assert_line_refused("Peer=x", "Peer=x is not");
        assert_line_refused("Wwpn=2101001b32a90004", "given twice");
        assert_line_refused("Colour=red", "Unknown key");
        assert_line_refused("Lun=0", "belongs into [Expect]");
}

static void test_a_pair_is_told_wholly_or_not_at_all(void) {
        assert_refused(NAMES "Peer=2101001b32a90002\n", 0, "Peer= needs Role=");
        assert_refused(NAMES "Role=primary\n", 0, "Role= needs Peer=");
        assert_refused(NAMES "Role=primary\nPeer=2101001b32a90004\n", 0, "the vHBA itself");
        assert_line_refused("Role=tertiary", "neither primary nor secondary");
}

static void assert_parent(const char *value, ParentKind kind, const char *formatted) {
        _cleanup_free_ char *text = NULL;
        ConfError error = { 0 };
        Parent parent;

        assert(parent_parse(value, &parent, &error) == 0);
        assert(parent.kind == kind);
        assert(parent_format(&parent, &text) == 0);
        assert(strcmp(text, formatted) == 0);
}

static void test_parents_have_one_form(void) {
        assert_parent("auto", PARENT_AUTO, "auto");
        assert_parent("wwpn:21:00:00:24:FF:1A:2B:3C", PARENT_WWPN, "wwpn:21000024ff1a2b3c");
        assert_parent("fabric:0x100000051e0f4a2c", PARENT_FABRIC, "fabric:100000051e0f4a2c");
        assert_parent("pci:0000:0A:1f.7", PARENT_PCI, "pci:0000:0a:1f.7");
        assert_parent("pci:10000:05:00.0", PARENT_PCI, "pci:10000:05:00.0");
        assert_parent("host:host12", PARENT_HOST, "host:host12");
}

static void test_parents_that_are_none_are_refused(void) {
        static const char *const bad[] = {
                "Parent=",
                "Parent=Auto",
                "Parent=21000024ff1a2b3c",
                "Parent=wwpn:",
                "Parent=wwpn:host5",
                "Parent=fabric:0",
                "Parent=pci:05:00.0",
                "Parent=pci:0000:05:00",
                "Parent=pci:0000:05:00.8",
                "Parent=pci:0000:05:20.0",
                "Parent=pci:0000:05:00.0x",
                "Parent=pci:0000: 5:00.0",
                "Parent=pci:000000:05:00.0",
                "Parent=pci:../../etc/x.0",
                "Parent=host:5",
                "Parent=host:host",
                "Parent=host:host05",
                "Parent=host:host1/..",
                "Parent=host:host12345678901",
        };

        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_line_refused(bad[i], "Parent=");
}

static void assert_expect(const char *value, uint64_t lun, const char *wwid, unsigned paths) {
        ConfError error = { 0 };
        Expect expect;

        assert(expect_parse(value, &expect, &error) == 0);
        assert(expect.lun == lun);
        assert(strcmp(expect.wwid, wwid) == 0);
        assert(expect.paths == paths);
}

static void test_expectations(void) {
        assert_expect("7", 7, "", 1);
        assert_expect("18446744073709551615", UINT64_MAX, "", 1);
        assert_expect("0\tpaths:4  wwid:naa.6001405ABC", 0, "6001405abc", 4);
        assert_expect("0 wwid:eui.002538", 0, "002538", 1);
        assert_expect("0 wwid:t10.LIO_disk", 0, "t10.lio_disk", 1);
        /* As multipath -l and scsi_id print it. */
        assert_expect("0 wwid:360014050000000100004000800000000", 0,
                      "60014050000000100004000800000000", 1);
        assert_expect("0 wwid:naa.naa.6001405", 0, "6001405", 1);
}

static void assert_expect_refused(const char *value, const char *what) {
        Expect expect = { .lun = 42 };
        ConfError error = { 0 };

        assert(expect_parse(value, &expect, &error) == -EBADMSG);
        assert(strstr(error.what, what));
        assert(expect.lun == 42);
}

static void test_expectations_that_are_none_are_refused(void) {
        char wwid[WWID_MAX + 16] = "0 wwid:";

        assert_expect_refused("", "LUN number");
        assert_expect_refused("-1", "LUN number");
        assert_expect_refused("0x1", "LUN number");
        assert_expect_refused("18446744073709551616", "LUN number");
        assert_expect_refused("wwid:6001405", "LUN number");
        assert_expect_refused("0 6001405", "neither wwid:WWID nor paths:COUNT");
        assert_expect_refused("0 wwid:", "is empty");
        assert_expect_refused("0 wwid:naa.", "is empty");
        assert_expect_refused("0 wwid:a wwid:b", "the second one");
        assert_expect_refused("0 paths:0", "from 1 to");
        assert_expect_refused("0 paths:1025", "from 1 to");
        assert_expect_refused("0 paths:2 paths:2", "the second one");
        assert_expect_refused("0 wwid:\xc3\xa4", "printable");

        memset(wwid + strlen(wwid), 'a', WWID_MAX);
        assert_expect_refused(wwid, "longer than 127");

        assert_refused(NAMES "[Expect]\nLun=1\nLun=01\n", 6, "Lun=1 is given twice");
}

static void test_too_many_expectations_are_refused(void) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        assert(file);
        (void) fprintf(file, NAMES "[Expect]\n");
        for (unsigned i = 0; i <= EXPECT_MAX; i++)
                (void) fprintf(file, "Lun=%u\n", i);
        assert(fclose(file) == 0);
        assert_refused(text, 4 + EXPECT_MAX + 1, "more than 1024");
}

static void test_time_outs_are_seconds(void) {
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                { "1", 1000000 },        { "3600", 3600000000 }, { "1.5", 1500000 },
                { "2.000001", 2000001 }, { "0060.5", 60500000 },
        };
        static const char *const bad[] = {
                "",   "0",  "0.999999",  "3600.000001", "3601", "-1",
                "1.", ".5", "1.0000001", "1s",          "60 s", "99999999999999999999",
        };

        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                _cleanup_(definition_donep) Definition definition = { 0 };
                _cleanup_free_ char *text = NULL;
                ConfError error;

                assert(asprintf(&text, NAMES "[Expect]\nTimeoutSec=%s\n", good[i].text) > 0);
                assert(parse(text, &definition, &error) == 0);
                assert(definition.timeout_usec == good[i].usec);
                assert_round_trip(&definition);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                _cleanup_free_ char *text = NULL;

                assert(asprintf(&text, NAMES "[Expect]\nTimeoutSec=%s\n", bad[i]) > 0);
                assert_refused(text, 5, "TimeoutSec=");
        }
}

static void test_symbolic_names_fit_the_kernel_and_the_file(void) {
        char longest[SYMBOLIC_NAME_MAX + 2] = "";
        ConfError error = { 0 };

        memset(longest, 'x', SYMBOLIC_NAME_MAX);
        assert(symbolic_name_check(longest, &error) == 0);
        assert(symbolic_name_check("", &error) == 0);
        assert(symbolic_name_check("web1 #", &error) == -EBADMSG);

        longest[SYMBOLIC_NAME_MAX] = 'x';
        assert_refused(NAMES "SymbolicName=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                             "xxxxxxxx\n",
                       4, "longer than 63");
        assert_line_refused("SymbolicName=w\xc3\xa4", "printable");
}

static void test_what_is_written_reads_the_same(void) {
        static const Expect expect[] = {
                { .lun = 0, .wwid = "6001405", .paths = 1 },
                { .lun = UINT64_MAX, .paths = 8 },
        };
        Definition definition = {
                .wwpn = 0x2101001b32a90004,
                .wwnn = 0x2001001b32a9da4e,
                .parent = { .kind = PARENT_PCI, .name = "0000:05:00.1" },
                .peer = 0x2101001b32a90002,
                .role = ROLE_PRIMARY,
                .symbolic_name = "#;a=b [c] 'd'",
                .expect = (Expect *) expect,
                .n_expect = ARRAY_LEN(expect),
                .timeout_usec = 1000001,
        };
        _cleanup_(definition_donep) Definition copy = { 0 };

        assert_round_trip(&definition);
        assert(definition_copy(&definition, &copy) == 0);
        assert(definition_equal(&definition, &copy));

        copy.expect[1].paths = 7;
        assert(!definition_equal(&definition, &copy));
        copy.expect[1].paths = 8;
        copy.parent.name[0] = '1';
        assert(!definition_equal(&definition, &copy));
}

int main(void) {
        test_the_sample_of_the_manual_is_read();
        test_two_names_are_enough();
        test_names_are_required_and_must_be_names();
        test_a_pair_is_told_wholly_or_not_at_all();
        test_parents_have_one_form();
        test_parents_that_are_none_are_refused();
        test_expectations();
        test_expectations_that_are_none_are_refused();
        test_too_many_expectations_are_refused();
        test_time_outs_are_seconds();
        test_symbolic_names_fit_the_kernel_and_the_file();
        test_what_is_written_reads_the_same();

        return EXIT_SUCCESS;
}
