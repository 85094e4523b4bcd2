/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * conf_parse() with a table: values are clean and within bounds, mistakes have words and a line of
 * the text, and what was accepted reads the same when it is written down plainly and read again.
 */

#include "common/cleanup.h"
#include "common/conf.h"
#include "common/escape.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

/* What was read, written down plainly. */
typedef struct Reading {
        char *text;
        size_t size;
        FILE *file;
        const char *section;
        unsigned n_values;
        unsigned n_empty;
} Reading;

static void check_value(const char *value) {
        size_t length = strlen(value);

        assert(length <= CONF_LINE_MAX);
        assert(length == 0 || (!strchr(" \t", value[0]) && !strchr(" \t", value[length - 1])));
        for (size_t i = 0; i < length; i++)
                assert(value[i] == '\t' || (unsigned char) value[i] >= 0x20);
        assert(!strstr(value, " #") && !strstr(value, "\t;"));
}

static void record(Reading *reading, const char *section, const char *key, const char *value) {
        check_value(value);

        if (reading->section != section)
                assert(fprintf(reading->file, "[%s]\n", section) > 0);
        reading->section = section;
        assert(fprintf(reading->file, "%s=%s\n", key, value) > 0);

        reading->n_values++;
        reading->n_empty += *value == '\0';
}

static int parse_wwpn(const char *value, unsigned line, void *userdata, ConfError *error) {
        record(userdata, "Vhba", "Wwpn", value);
        return 0;
}

static int parse_name(const char *value, unsigned line, void *userdata, ConfError *error) {
        if (*value == '\0')
                return conf_error(error, line, "A name that is empty.");

        record(userdata, "Vhba", "Name", value);
        return 0;
}

static int parse_lun(const char *value, unsigned line, void *userdata, ConfError *error) {
        record(userdata, "Expect", "Lun", value);
        return 0;
}

static const ConfKey keys[] = {
        { "Vhba", "Wwpn", false, parse_wwpn },
        { "Vhba", "Name", false, parse_name },
        { "Expect", "Lun", true, parse_lun },
};

static int parse(const uint8_t *data, size_t size, Reading *ret, ConfError *error) {
        int r;

        *ret = (Reading){ 0 };
        ret->file = open_memstream(&ret->text, &ret->size);
        assert(ret->file);
        r = conf_parse((const char *) data, size, keys, ARRAY_LEN(keys), ret, error);
        assert(fclose(ret->file) == 0);

        return r;
}

static void check_error(const uint8_t *data, size_t size, const ConfError *error) {
        _cleanup_free_ char *words = strdup(error->what);
        unsigned lines = 1;

        for (size_t i = 0; i < size; i++)
                lines += data[i] == '\n';

        assert(words && *words != '\0');
        assert(strcmp(escape_in_place(words), error->what) == 0);
        assert(error->line <= lines);
}

static void check_reads_the_same(const Reading *reading) {
        Reading again;
        ConfError error;

        assert(parse((const uint8_t *) reading->text, reading->size, &again, &error) == 0);
        assert(again.size == reading->size);
        assert(memcmp(again.text, reading->text, again.size) == 0);
        free(again.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Reading reading;
        ConfError error;
        int r;

        r = parse(data, size, &reading, &error);
        if (r < 0) {
                assert(r == -EBADMSG || r == -E2BIG);
                check_error(data, size, &error);
        } else {
                assert(error.what[0] == '\0');
                check_reads_the_same(&reading);
                fuzz_planted_fault(data, size, reading.n_values > 3 && reading.n_empty > 1);
        }

        free(reading.text);
        return 0;
}
