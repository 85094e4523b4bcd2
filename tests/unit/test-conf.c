/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "common/conf.h"

#include <assert.h>
#include <string.h>

/* What the parse functions below have seen, as "Key@LINE=value;". */
static char seen[4096];

static int record(const char *key, const char *value, unsigned line) {
        size_t used = strlen(seen);
        int n;

        n = snprintf(seen + used, sizeof seen - used, "%s@%u=%s;", key, line, value);
        assert(n > 0 && (size_t) n < sizeof seen - used);
        return 0;
}

static int parse_name(const char *value, unsigned line, void *userdata, ConfError *error) {
        if (strcmp(value, "bad") == 0)
                return conf_error(error, line, "“%s” is no name.", value);
        if (strcmp(value, "silent") == 0)
                return -EBADMSG;
        if (strcmp(value, "memory") == 0)
                return -ENOMEM;

        return record("Name", value, line);
}

static int parse_lun(const char *value, unsigned line, void *userdata, ConfError *error) {
        return record("Lun", value, line);
}

static int parse_timeout(const char *value, unsigned line, void *userdata, ConfError *error) {
        *(unsigned *) userdata = line;
        return record("Timeout", value, line);
}

static const ConfKey keys[] = {
        { "Vhba", "Name", false, parse_name },
        { "Expect", "Lun", true, parse_lun },
        { "Expect", "Timeout", false, parse_timeout },
};

static int parse_bytes(const char *text, size_t size, ConfError *error) {
        _cleanup_free_ char *exact = malloc(size + 1);
        unsigned timeout_line = 0;

        /* A heap block of exactly this size, so that ASan sees a byte read too far. */
        assert(exact);
        exact = realloc(exact, size > 0 ? size : 1);
        assert(exact);
        memcpy(exact, text, size);

        seen[0] = '\0';
        return conf_parse(exact, size, keys, ARRAY_LEN(keys), &timeout_line, error);
}

static int parse(const char *text, ConfError *error) {
        return parse_bytes(text, strlen(text), error);
}

static void assert_parses(const char *text, const char *expected) {
        ConfError error;

        assert(parse(text, &error) == 0);
        assert(error.what[0] == '\0' && error.line == 0);
        assert(strcmp(seen, expected) == 0);
}

static void assert_refused(const char *text, unsigned line, const char *what) {
        ConfError error;

        assert(parse(text, &error) == -EBADMSG);
        assert(error.line == line);
        assert(strstr(error.what, what));
}

static void test_values_arrive_with_their_line(void) {
        assert_parses("[Vhba]\nName=web1\n\n[Expect]\nLun=0 paths:2\nLun=1\nTimeout=60\n",
                      "Name@2=web1;Lun@5=0 paths:2;Lun@6=1;Timeout@7=60;");
}

static void test_a_text_without_keys_is_fine(void) {
        assert_parses("", "");
        assert_parses("\n \n\t\n", "");
        assert_parses("# nothing\n; at all", "");
        assert_parses("[Vhba]\n[Expect]\n", "");
}

static void test_the_last_line_needs_no_newline(void) {
        assert_parses("[Vhba]\nName=web1", "Name@2=web1;");
        assert_parses("[Vhba]", "");
}

static void test_blanks_around_words_do_not_count(void) {
        assert_parses(" \t[Vhba]\t \n \tName\t = \tweb 1 \t\n", "Name@2=web 1;");
        assert_parses("[Vhba]\nName=\n", "Name@2=;");
}

static void test_comments_begin_after_a_blank_only(void) {
        assert_parses("#[Nonsense]\n[Vhba] # yes\nName=web1 ; no\n", "Name@3=web1;");
        assert_parses("[Vhba]\nName=a#b;c\n", "Name@2=a#b;c;");
        assert_parses("[Vhba]\nName=;a\n", "Name@2=;a;");
        assert_parses("[Vhba]\nName= ;a\n", "Name@2=;");
        assert_parses("[Vhba]\n\t;Name=a\n", "");
}

static void test_equals_and_colons_may_be_in_a_value(void) {
        assert_parses("[Vhba]\nName=a=b:c [d]\n", "Name@2=a=b:c [d];");
}

static void test_an_indented_line_does_not_continue_the_one_before(void) {
        assert_refused("[Vhba]\nName=web1\n  web2\n", 3, "“web2” is neither");
        assert_parses("[Expect]\nLun=0\n  Lun=1\n", "Lun@2=0;Lun@3=1;");
}

static void test_unknown_words_are_refused(void) {
        assert_refused("[Vhba]\n[Other]\n", 2, "Unknown section [Other]");
        assert_refused("[vhba]\n", 1, "Unknown section [vhba]");
        assert_refused("[Vhb]\n", 1, "Unknown section");
        assert_refused("[]\n", 1, "Unknown section");
        assert_refused("[Vhba]\n\nColour=red\n", 3, "Unknown key Colour= in [Vhba]");
        assert_refused("[Vhba]\nname=a\n", 2, "Unknown key name=");
}

static void test_keys_belong_into_their_section(void) {
        assert_refused("[Vhba]\nLun=0\n", 2, "Lun= belongs into [Expect], not into [Vhba]");
        assert_refused("Name=a\n[Vhba]\n", 1, "before any [Section]");
}

static void test_duplicates_are_refused(void) {
        assert_refused("[Vhba]\nName=a\nName=a\n", 3, "Name= is given twice");
        assert_refused("[Vhba]\n[Expect]\n[Vhba]\n", 3, "Section [Vhba] is given twice");
}

static void test_malformed_lines_are_refused(void) {
        assert_refused("[Vhba\n", 1, "is not a [Section]");
        assert_refused("[Vhba] Name=a\n", 1, "is not a [Section]");
        assert_refused("[Vhba]]\n", 1, "is not a [Section]");
        assert_refused("[Vhba]\nName\n", 2, "neither Key=Value nor [Section]");
        assert_refused("[Vhba]\nName: a\n", 2, "neither Key=Value nor [Section]");
        assert_refused("[Vhba]\nName : a = b\n", 2, "neither Key=Value nor [Section]");
        assert_refused("[Vhba]\n=a\n", 2, "neither Key=Value nor [Section]");
        assert_refused("[Vhba]\nNa me=a\n", 2, "neither Key=Value nor [Section]");
        assert_refused("\xef\xbb\xbf[Vhba]\n", 1, "neither Key=Value nor [Section]");
        assert_refused("[Vhba]\nNameNameNameNameNameNameNameNameNameNameNameNameName=a\n", 2,
                       "neither Key=Value nor [Section]");
}

static void test_control_bytes_are_refused(void) {
        static const char nul[] = "[Vhba]\nName=a\0b\n";
        ConfError error;

        assert_refused("[Vhba]\nName=a\x1b[31m\n", 2, "Control byte 0x1b");
        assert_refused("[Vhba]\n# \x7f\n", 2, "Control byte 0x7f");
        assert_refused("[Vhba]\r\nName=a\r\n", 1, "Carriage return");

        assert(parse_bytes(nul, sizeof nul - 1, &error) == -EBADMSG);
        assert(error.line == 2);
        assert(strstr(error.what, "Control byte 0x00"));
}

static void test_errors_are_safe_to_print(void) {
        assert_refused("[Vhba]\nGer\xe4t\n", 2, "“Ger?t” is neither");
}

static void test_the_longest_line_passes_and_one_byte_more_does_not(void) {
        char text[CONF_LINE_MAX + 32];
        ConfError error;
        int start;

        start = snprintf(text, sizeof text, "[Vhba]\nName=");
        memset(text + start, 'x', sizeof text - (size_t) start);

        /* Ends of the text without a newline, then with one. */
        assert(parse_bytes(text, 7 + CONF_LINE_MAX, &error) == 0);
        assert(strlen(seen) == strlen("Name@2=;") + CONF_LINE_MAX - strlen("Name="));
        assert(parse_bytes(text, 7 + CONF_LINE_MAX + 1, &error) == -EBADMSG);
        assert(error.line == 2 && strstr(error.what, "longer than 1024 bytes"));

        text[7 + CONF_LINE_MAX] = '\n';
        assert(parse_bytes(text, 7 + CONF_LINE_MAX + 1, &error) == 0);
}

static void test_a_text_that_is_too_large_is_not_looked_at(void) {
        _cleanup_free_ char *text = malloc(CONF_FILE_MAX + 1);
        ConfError error;

        assert(text);
        memset(text, '\n', CONF_FILE_MAX + 1);

        assert(parse_bytes(text, CONF_FILE_MAX, &error) == 0);
        assert(parse_bytes(text, CONF_FILE_MAX + 1, &error) == -E2BIG);
        assert(error.line == 0 && strstr(error.what, "larger than 65536 bytes"));
}

static void test_what_a_parse_function_says_is_handed_on(void) {
        ConfError error;

        assert_refused("[Vhba]\nName=bad\nNonsense\n", 2, "“bad” is no name.");
        assert_refused("[Vhba]\nName=silent\n", 2, "Name=silent is not valid.");

        assert(parse("[Vhba]\nName=memory\n[Expect]\nLun=0\n", &error) == -ENOMEM);
        assert(seen[0] == '\0');
}

static void test_the_first_mistake_ends_the_reading(void) {
        assert_refused("[Expect]\nLun=0\nNonsense\nLun=1\n[Other]\n", 3, "neither");
        assert(strcmp(seen, "Lun@2=0;") == 0);
}

static void test_the_first_mistake_wins(void) {
        ConfError error = { 0 };

        assert(conf_error(&error, 7, "first %d", 1) == -EBADMSG);
        assert(conf_error(&error, 8, "second") == -EBADMSG);
        assert(error.line == 7);
        assert(strcmp(error.what, "first 1") == 0);
}

int main(void) {
        test_values_arrive_with_their_line();
        test_a_text_without_keys_is_fine();
        test_the_last_line_needs_no_newline();
        test_blanks_around_words_do_not_count();
        test_comments_begin_after_a_blank_only();
        test_equals_and_colons_may_be_in_a_value();
        test_an_indented_line_does_not_continue_the_one_before();
        test_unknown_words_are_refused();
        test_keys_belong_into_their_section();
        test_duplicates_are_refused();
        test_malformed_lines_are_refused();
        test_control_bytes_are_refused();
        test_errors_are_safe_to_print();
        test_the_longest_line_passes_and_one_byte_more_does_not();
        test_a_text_that_is_too_large_is_not_looked_at();
        test_what_a_parse_function_says_is_handed_on();
        test_the_first_mistake_ends_the_reading();
        test_the_first_mistake_wins();

        return EXIT_SUCCESS;
}
