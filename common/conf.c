/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/conf.h"

#include "common/escape.h"

#include <ini.h>
#include <stdarg.h>
#include <string.h>

/*
 * inih splits lines into names and values, but it is lenient: it forgets the line number, joins
 * indented lines to the value before, takes ':' for '=', cuts long lines in two, stops at a NUL.
 * So it reads through read_line(), which hands it nothing that it could be lenient about.
 */

#define BLANKS " \t"
#define NAME_SIZE_MAX 50 /* inih cuts longer ones without a word */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

typedef struct Parser {
        const char *rest; /* what is not read yet */
        size_t rest_size;
        unsigned line;

        const ConfKey *keys;
        size_t n_keys;
        bool *key_given;
        bool *section_given; /* by the first key of the section */

        void *userdata;
        ConfError *error;
        int result;
} Parser;

int conf_error(ConfError *error, unsigned line, const char *format, ...) {
        va_list ap;

        if (error->what[0] != '\0')
                return -EBADMSG;

        error->line = line;
        va_start(ap, format);
        (void) vsnprintf(error->what, sizeof error->what, format, ap);
        va_end(ap);
        (void) escape_in_place(error->what);

        return -EBADMSG;
}

static int check_bytes(const Parser *parser, const char *line, size_t size) {
        if (size > CONF_LINE_MAX)
                return conf_error(parser->error, parser->line, "The line is longer than %d bytes.",
                                  CONF_LINE_MAX);

        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char) line[i];

                if (c == '\r')
                        return conf_error(parser->error, parser->line,
                                          "Carriage return. Lines end with a newline alone.");
                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return conf_error(parser->error, parser->line, "Control byte 0x%02x.", c);
        }

        return 0;
}

/* Cuts off the comment and the blanks around the rest. */
static char *strip(char *line) {
        char *start = line + strspn(line, BLANKS);
        char *end = start;

        for (char *p = start; *p != '\0'; p++) {
                bool after_blank = p == start || strchr(BLANKS, p[-1]);

                if (after_blank && (*p == '#' || *p == ';'))
                        break;
                if (!strchr(BLANKS, *p))
                        end = p + 1;
        }
        *end = '\0';

        return start;
}

static int check_section(Parser *parser, const char *line) {
        const char *name = line + 1;
        size_t size = strcspn(name, "]");

        if (name[size] != ']' || name[size + 1] != '\0')
                return conf_error(parser->error, parser->line, "“%s” is not a [Section].", line);

        for (size_t i = 0; i < parser->n_keys; i++) {
                const char *known = parser->keys[i].section;

                if (strlen(known) != size || memcmp(known, name, size) != 0)
                        continue;
                if (parser->section_given[i])
                        return conf_error(parser->error, parser->line,
                                          "Section [%s] is given twice.", known);
                parser->section_given[i] = true;
                return 0;
        }

        return conf_error(parser->error, parser->line, "Unknown section %s.", line);
}

static int check_assignment(const Parser *parser, const char *line) {
        size_t size = strspn(line, NAME_CHARS);
        const char *after = line + size + strspn(line + size, BLANKS);

        if (size == 0 || size >= NAME_SIZE_MAX || *after != '=')
                return conf_error(parser->error, parser->line,
                                  "“%s” is neither Key=Value nor [Section].", line);

        return 0;
}

static int check_line(Parser *parser, const char *line) {
        return *line == '[' ? check_section(parser, line) : check_assignment(parser, line);
}

/* The next line as it stands, up to its newline or the end of the text. */
static const char *take_line(Parser *parser, size_t *ret_size) {
        const char *line = parser->rest;
        const char *newline = memchr(line, '\n', parser->rest_size);
        size_t size = newline ? (size_t) (newline - line) : parser->rest_size;
        size_t taken = newline ? size + 1 : size;

        parser->rest += taken;
        parser->rest_size -= taken;
        parser->line++;

        *ret_size = size;
        return line;
}

/* The reader that inih calls, in the manner of fgets(): one line of substance, or NULL. */
static char *read_line(char *buf, int buf_size, void *stream) {
        Parser *parser = stream;

        while (parser->result >= 0 && parser->rest_size > 0) {
                char copy[CONF_LINE_MAX + 1];
                const char *line, *raw;
                size_t size;

                raw = take_line(parser, &size);
                parser->result = check_bytes(parser, raw, size);
                if (parser->result < 0)
                        break;

                memcpy(copy, raw, size);
                copy[size] = '\0';
                line = strip(copy);
                if (*line == '\0')
                        continue;

                parser->result = check_line(parser, line);
                if (parser->result < 0)
                        break;

                /* Where inih was built with a shorter line (HAVE_INI_MAX_LINE), so be it. */
                if (snprintf(buf, (size_t) buf_size, "%s\n", line) >= buf_size) {
                        parser->result =
                                conf_error(parser->error, parser->line,
                                           "The line is longer than %d bytes.", buf_size - 2);
                        break;
                }
                return buf;
        }

        return NULL;
}

static int unknown_key(const Parser *parser, const char *section, const char *name) {
        for (size_t i = 0; i < parser->n_keys; i++)
                if (strcmp(parser->keys[i].name, name) == 0)
                        return conf_error(parser->error, parser->line,
                                          "%s= belongs into [%s], not into [%s].", name,
                                          parser->keys[i].section, section);

        return conf_error(parser->error, parser->line, "Unknown key %s= in [%s].", name, section);
}

static int take_value(Parser *parser, const char *section, const char *name, const char *value) {
        int r;

        if (*section == '\0')
                return conf_error(parser->error, parser->line, "%s= stands before any [Section].",
                                  name);

        for (size_t i = 0; i < parser->n_keys; i++) {
                const ConfKey *key = &parser->keys[i];

                if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
                        continue;
                if (parser->key_given[i] && !key->repeats)
                        return conf_error(parser->error, parser->line, "%s= is given twice.", name);
                parser->key_given[i] = true;

                r = key->parse(value, parser->line, parser->userdata, parser->error);
                if (r == -EBADMSG) /* in case it did not say why */
                        return conf_error(parser->error, parser->line, "%s=%s is not valid.", name,
                                          value);
                return r;
        }

        return unknown_key(parser, section, name);
}

/* Non-zero means success to inih; it goes on either way, until read_line() ends it. */
static int on_assignment(void *userdata, const char *section, const char *name, const char *value) {
        Parser *parser = userdata;

        if (parser->result >= 0)
                parser->result = take_value(parser, section, name, value);

        return parser->result >= 0;
}

int conf_parse(const char *text, size_t size, const ConfKey *keys, size_t n_keys, void *userdata,
               ConfError *error) {
        _cleanup_free_ bool *given = NULL;
        Parser parser = {
                .rest = text,
                .rest_size = size,
                .keys = keys,
                .n_keys = n_keys,
                .userdata = userdata,
                .error = error,
        };
        int r;

        *error = (ConfError){ 0 };

        if (size > CONF_FILE_MAX) {
                (void) conf_error(error, 0, "The file is larger than %d bytes.", CONF_FILE_MAX);
                return -E2BIG;
        }

        given = calloc(2 * n_keys + 1, sizeof *given);
        if (!given)
                return -ENOMEM;
        parser.key_given = given;
        parser.section_given = given + n_keys;

#ifdef HAVE_INI_MAX_LINE
        ini_max_line = CONF_LINE_MAX + 2; /* the newline and the NUL */
#endif
        r = ini_parse_stream(read_line, &parser, on_assignment, &parser);
        if (parser.result < 0)
                return parser.result;
        if (r == -2)
                return -ENOMEM;
        if (r != 0) /* read_line() let something through that inih does not understand */
                return conf_error(error, r > 0 ? parser.line : 0, "Not understood.");

        return 0;
}
