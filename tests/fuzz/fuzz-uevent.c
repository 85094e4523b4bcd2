/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * udev_data_parse(), what udev keeps of an uevent: links that are shown to everybody lie below
 * /dev/disk, are text, and make a record that holds them all.
 */

#include "common/cleanup.h"
#include "common/escape.h"
#include "lunwatch/path/path.h"
#include "lunwatch/path/udev-data.h"
#include "tests/fuzz/fuzz.h"

static void check_link(const char *link) {
        char copy[UDEV_LINK_LEN_MAX + 1];

        assert(*link && *link != '/' && strlen(link) <= UDEV_LINK_LEN_MAX);
        assert(strncmp(link, "../", 3) != 0 && !strstr(link, "/../"));
        (void) strcpy(copy, link);
        assert(strcmp(escape_in_place(copy), link) == 0);
}

static void check_record(const UdevData *data) {
        const Path fields = { .key = { 0x2101001b32a90004, 0x500507680b000001, { 6, 0, 0, 3 } } };
        _cleanup_(path_freep) Path *path = NULL;
        const char *before = "";
        size_t n = 0;

        assert(path_new(&fields, "sda", "naa.6001405", data->links, data->n_links, &path) == 0);
        for (const char *link = path_next_link(path, NULL); link;
             link = path_next_link(path, link)) {
                assert(strcmp(before, link) <= 0);
                before = link;
                n++;
        }
        assert(n == path->n_links && n <= data->n_links);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = malloc(size + 1);
        UdevData parsed;

        assert(text);
        if (size > 0)
                memcpy(text, data, size);
        udev_data_parse(text, size, &parsed);

        assert(parsed.n_links <= UDEV_LINKS_MAX);
        for (size_t i = 0; i < parsed.n_links; i++) {
                assert(parsed.links[i] > text && parsed.links[i] <= text + size);
                check_link(parsed.links[i]);
        }
        check_record(&parsed);

        fuzz_planted_fault(data, size, parsed.is_initialized && parsed.n_links == 7);
        return 0;
}
