/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/record.h"

#include <assert.h>
#include <string.h>

static void test_a_name_is_an_id_and_a_suffix(void) {
        static const char *const others[] = {
                "", ".conf", "web", "web.con", "web.conf~", "a2345678901234567890123456789012.conf"
        };
        char id[RECORD_ID_MAX + 1] = "before";

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(record_parse_name(others[i], id) == -EBADMSG);
        assert(strcmp(id, "before") == 0);
        assert(record_parse_name("w.conf", id) == 0 && strcmp(id, "w") == 0);
        assert(record_parse_name("a234567890123456789012345678901.conf", id) == 0);
        assert(strcmp(id, "a234567890123456789012345678901") == 0);
}

static void print(FILE *f, const void *object) {
        record_print_text(f, "Text", object);
        record_print_text(f, "None", NULL);
        record_print_message(f, "It failed; see #7.");
        record_print_message(f, NULL);
}

static void test_what_is_written_is_lines(void) {
        char dir[] = "/tmp/test-record-XXXXXX";
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int dir_fd = -EBADF;

        assert(mkdtemp(dir));
        dir_fd = dir_open(dir, false, 0);
        assert(dir_fd >= 0);
        assert(record_write(dir_fd, "web", print, "a b") == 0);
        assert(file_read(dir_fd, "web.conf", 1024, &text, NULL) == 0);
        assert(strcmp(text, "Text=a b\nMessage=It failed, see +7.\n") == 0);
        assert(record_remove(dir_fd, "web") == 0);
        assert(record_remove(dir_fd, "web") == -ENOENT);
        assert(rmdir(dir) == 0);
}

int main(void) {
        test_a_name_is_an_id_and_a_suffix();
        test_what_is_written_is_lines();
        return 0;
}
