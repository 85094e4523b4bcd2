/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "lunwatch/path/udev-data.h"

#include <assert.h>
#include <string.h>

/* Keeps the text alive for the links. */
static UdevData parse(const char *text, size_t size) {
        static char copy[64 * 1024];
        UdevData data;

        assert(size < sizeof copy);
        memcpy(copy, text, size);
        udev_data_parse(copy, size, &data);
        return data;
}

#define PARSE(text) parse("" text, sizeof text - 1)

static void test_links_and_the_end_of_udevs_work_are_read(void) {
        UdevData data = PARSE("S:disk/by-path/pci-0000:05:00.0-fc-0x2000-lun-0\n"
                              "S:disk/by-id/wwn-0x6001405\n"
                              "W:12\nI:1000000\nE:ID_BUS=scsi\nG:systemd\nQ:systemd\nV:1\n");

        assert(data.is_initialized);
        assert(data.n_links == 2);
        assert(strcmp(data.links[0], "by-path/pci-0000:05:00.0-fc-0x2000-lun-0") == 0);
        assert(strcmp(data.links[1], "by-id/wwn-0x6001405") == 0);
}

static void test_without_its_stamp_udev_is_still_at_work(void) {
        assert(!PARSE("E:ID_BUS=scsi\nV:1\n").is_initialized);
        assert(!PARSE("").is_initialized);
        assert(!PARSE("E:X=I:1\n").is_initialized);
}

static void test_links_elsewhere_are_left_out(void) {
        UdevData data = PARSE("S:sg/by-id/x\nS:mapper/x\nS:disk/\nS:disk\nS:disk//etc/passwd\n"
                              "S:disk/../../etc/passwd\nS:disk/by-id/..\nS:disk/by-id/../x\n"
                              "I:1\n");

        assert(data.n_links == 0);
        assert(data.is_initialized);
}

static void test_dots_in_a_name_are_no_way_out(void) {
        assert(PARSE("S:disk/by-id/a..b\n").n_links == 1);
        assert(PARSE("S:disk/by-label/...\n").n_links == 1);
}

static void test_labels_in_other_scripts_are_kept(void) {
        UdevData data = PARSE("S:disk/by-label/Größe\n");

        assert(data.n_links == 1);
        assert(strcmp(data.links[0], "by-label/Größe") == 0);
}

static void test_bytes_that_are_no_text_are_left_out(void) {
        assert(PARSE("S:disk/by-label/\xff\xfe\n").n_links == 0);
        assert(PARSE("S:disk/by-label/a\x1b[31m\n").n_links == 0);
        assert(PARSE("S:disk/by-label/a\0b\nI:1\n").n_links == 0);
        assert(!PARSE("x\0\nx\0I:1\n").is_initialized);
}

static void test_a_last_line_without_an_end_is_read(void) {
        assert(PARSE("V:1\nI:1").is_initialized);
        assert(PARSE("S:disk/by-id/x").n_links == 1);
}

static void test_more_links_than_anybody_needs_are_cut_off(void) {
        char text[UDEV_LINKS_MAX * 64 * 2], *p = text;

        for (unsigned i = 0; i < UDEV_LINKS_MAX * 2; i++)
                p += sprintf(p, "S:disk/by-id/link-%u\n", i);
        assert(parse(text, (size_t) (p - text)).n_links == UDEV_LINKS_MAX);
}

static void test_a_link_that_is_too_long_is_left_out(void) {
        char text[1024] = "S:disk/";

        memset(text + 7, 'x', UDEV_LINK_LEN_MAX);
        assert(parse(text, 7 + UDEV_LINK_LEN_MAX).n_links == 1);
        text[7 + UDEV_LINK_LEN_MAX] = 'x';
        assert(parse(text, 7 + UDEV_LINK_LEN_MAX + 1).n_links == 0);
}

int main(void) {
        test_links_and_the_end_of_udevs_work_are_read();
        test_without_its_stamp_udev_is_still_at_work();
        test_links_elsewhere_are_left_out();
        test_dots_in_a_name_are_no_way_out();
        test_labels_in_other_scripts_are_kept();
        test_bytes_that_are_no_text_are_left_out();
        test_a_last_line_without_an_end_is_read();
        test_more_links_than_anybody_needs_are_cut_off();
        test_a_link_that_is_too_long_is_left_out();
        return 0;
}
