/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/conf.h"
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

static int take(const char *value, unsigned line, void *userdata, ConfError *error) {
        *(char **) userdata = strdup(value);
        return 0;
}

/* The message as it is read again from what is written. */
static char *read_again(const char *message) {
        static const ConfKey keys[] = { { "Target", "Message", false, take } };
        _cleanup_free_ char *text = NULL;
        ConfError error = { 0 };
        char *read = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert(f && fputs("[Target]\n", f) >= 0);
        record_print_message(f, message);
        assert(fclose(f) == 0);
        assert(conf_parse(text, size, keys, ARRAY_LEN(keys), &read, &error) == 0 && read);
        return read;
}

static void test_a_long_message_leaves_the_file_readable(void) {
        size_t max = CONF_LINE_MAX - strlen("Message=");
        char message[2 * CONF_LINE_MAX];

        for (size_t n = max - 4; n < max + 4; n++) {
                _cleanup_free_ char *ascii = NULL, *cut = NULL;

                (void) memset(message, 'm', n);
                message[n] = '\0';
                ascii = read_again(message);
                assert(strlen(ascii) == (n < max ? n : max));

                /* Three bytes that begin at n, then many more. */
                (void) memset(message + n, 'x', sizeof message - n - 1);
                (void) memcpy(message + n, "…", strlen("…"));
                message[sizeof message - 1] = '\0';
                cut = read_again(message);
                assert(strncmp(cut, message, strlen(cut)) == 0);
                assert(strlen(cut) == (n + 3 <= max || n >= max ? max : n));
        }
}

int main(void) {
        test_a_name_is_an_id_and_a_suffix();
        test_what_is_written_is_lines();
        test_a_long_message_leaves_the_file_readable();
        return 0;
}
