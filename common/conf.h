/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Strict INI, through inih: every mistake is an error that names the file and the line. Knows the
 * grammar of a file; what the keys mean is the caller's business. The home of inih.
 *
 * Grammar: [Section], Key=Value, blanks around the key, the '=' and the value are ignored; a '#' or
 * ';' begins a comment at the start of a line or after a blank. No continuation lines, no quoting,
 * no NUL or control bytes, lines of at most CONF_LINE_MAX bytes, files of at most CONF_FILE_MAX.
 */

#include "common/cleanup.h"
#include <stdbool.h>
#include <stddef.h>

#define CONF_LINE_MAX 1024
#define CONF_FILE_MAX (64 * 1024)

/* A mistake in a file: where, and what in words. line is 0 when it is the file as a whole. */
typedef struct ConfError {
        unsigned line;
        char what[256];
} ConfError;

/* Sets the words once (the first mistake wins) and returns -EBADMSG for "return conf_error(…)". */
int conf_error(ConfError *error, unsigned line, const char *format, ...) _printf_(3, 4);

typedef struct ConfKey {
        const char *section;
        const char *name;
        bool repeats; /* may be given more than once */
        /* Parses one value; on a mistake returns conf_error(error, line, …). */
        int (*parse)(const char *value, unsigned line, void *userdata, ConfError *error);
} ConfKey;

/*
 * Parses text (size bytes, need not be NUL-terminated) against the table. Unknown sections and
 * keys, keys outside their section, sections or non-repeating keys given twice: -EBADMSG with the
 * error filled in. -E2BIG for a text over CONF_FILE_MAX. Any error of a parse function is returned.
 */
int conf_parse(const char *text, size_t size, const ConfKey *keys, size_t n_keys, void *userdata,
               ConfError *error);
