/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 31 /* the kernel's DISK_NAME_LEN, less its NUL */
#define MAP_NAME_MAX_BYTES 127
#define WWID_MAX_BYTES 255

typedef struct Cursor {
        char *rest; /* NULL: no more fields */
} Cursor;

static const char *next_field(Cursor *cursor) {
        char *field = cursor->rest, *tab;

        if (!field)
                return NULL;
        tab = strchr(field, '\t');
        if (tab)
                *tab++ = '\0';
        cursor->rest = tab;

        return field;
}

/* Decimal, no sign, no blanks. */
static int parse_number(const char *s, uint64_t max, uint64_t *ret) {
        uint64_t value = 0;

        if (!*s || strlen(s) > 20)
                return -EINVAL;
        for (; *s; s++) {
                unsigned digit = (unsigned char) *s - '0';

                if (digit > 9 || value > (max - digit) / 10)
                        return -EINVAL;
                value = value * 10 + digit;
        }

        *ret = value;
        return 0;
}

static bool is_clean(const char *s, size_t max, const char *forbidden) {
        size_t length = strlen(s);

        if (length == 0 || length > max || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
                return false;
        for (; *s; s++)
                if ((unsigned char) *s <= ' ' || *s == 0x7f || strchr(forbidden, *s))
                        return false;

        return true;
}

static int parse_names(Cursor *cursor, Request *request) {
        const char *field;

        while ((field = next_field(cursor))) {
                if (request->n == REQUEST_DEVICES_MAX)
                        return -E2BIG;
                if (!is_clean(field, NAME_MAX_BYTES, "/"))
                        return -EINVAL;
                request->names[request->n++] = field;
        }

        return request->n > 0 ? 0 : -EINVAL;
}

static int parse_hctls(Cursor *cursor, Request *request) {
        const char *field;

        while ((field = next_field(cursor))) {
                if (request->n == REQUEST_DEVICES_MAX)
                        return -E2BIG;
                if (hctl_parse(field, request->hctls + request->n++) < 0)
                        return -EINVAL;
        }

        return request->n > 0 ? 0 : -EINVAL;
}

/* What is behind a "-" must be one as well. */
static int parse_scan(Cursor *cursor, Request *request) {
        const char *field = next_field(cursor);
        uint64_t number;
        bool is_all = false;

        if (!field || parse_number(field, UINT32_MAX, &number) < 0)
                return -EINVAL;
        request->host = (uint32_t) number;
        for (size_t i = 0; i < 3; i++) {
                field = next_field(cursor);
                if (!field)
                        return -EINVAL;
                if (strcmp(field, "-") == 0)
                        is_all = true;
                else if (is_all ||
                         parse_number(field, i < 2 ? UINT32_MAX : UINT64_MAX, &number) < 0)
                        return -EINVAL;
                request->scan[i] = field;
        }

        return next_field(cursor) ? -EINVAL : 0;
}

static int parse_word(Cursor *cursor, size_t max, const char *forbidden, const char **ret) {
        const char *field = next_field(cursor);

        if (!field)
                return -EINVAL;
        if (strcmp(field, "-") == 0)
                field = "";
        else if (!is_clean(field, max, forbidden))
                return -EINVAL;

        *ret = field;
        return 0;
}

/* A WWID may have blanks in it (t10.), and is only compared. */
static int parse_wwid(Cursor *cursor, const char **ret) {
        const char *field = next_field(cursor);

        if (!field || !*field || strlen(field) > WWID_MAX_BYTES)
                return -EINVAL;

        *ret = strcmp(field, "-") == 0 ? "" : field;
        return 0;
}

static int parse_remove(Cursor *cursor, Request *request) {
        int r;

        r = parse_wwid(cursor, &request->wwid);
        if (r >= 0)
                r = parse_word(cursor, MAP_NAME_MAX_BYTES, "/", &request->map);

        return r < 0 ? r : parse_hctls(cursor, request);
}

typedef struct Verb {
        const char *name;
        int (*parse)(Cursor *cursor, Request *request);
        const char *usage;
} Verb;

static const Verb verbs[_REQUEST_VERB_MAX] = {
        [REQUEST_INSPECT] = { "inspect", parse_names, "inspect MS NAME… takes names of devices." },
        [REQUEST_RESCAN] = { "rescan", parse_scan,
                             "rescan MS HOST CHANNEL TARGET LUN takes numbers, and “-” at the end." },
        [REQUEST_REREAD] = { "reread", parse_hctls, "reread MS H:C:T:L… takes SCSI addresses." },
        [REQUEST_REMOVE] = { "remove", parse_remove,
                             "remove MS WWID MAP H:C:T:L… takes a WWID, a map and addresses." },
        [REQUEST_REMOVE_OPEN] = { "remove-open", parse_remove,
                                  "remove-open MS WWID MAP H:C:T:L… takes a WWID, a map and "
                                  "addresses." },
};

static int parse_msec(const char *field, uint32_t *ret) {
        uint64_t msec;

        if (!field || parse_number(field, UINT64_MAX, &msec) < 0 || msec == 0)
                return -EINVAL;

        *ret = msec < REQUEST_MSEC_MAX ? (uint32_t) msec : REQUEST_MSEC_MAX;
        return 0;
}

static const Verb *find_verb(const char *name, RequestVerb *ret) {
        for (RequestVerb verb = 0; verb < _REQUEST_VERB_MAX; verb++)
                if (strcmp(verbs[verb].name, name) == 0) {
                        *ret = verb;
                        return verbs + verb;
                }

        return NULL;
}

int request_parse(char *line, Request *ret, const char **ret_words) {
        Cursor cursor = { line };
        const Verb *verb;
        int r;

        *ret = (Request){ 0 };
        line[strcspn(line, "\n")] = '\0';
        verb = find_verb(next_field(&cursor), &ret->verb);
        *ret_words = "Unknown verb: inspect, rescan, reread, remove and remove-open are known.";
        if (!verb)
                return -EINVAL;

        *ret_words = "The second field is the time in milliseconds.";
        r = parse_msec(next_field(&cursor), &ret->msec);
        if (r < 0)
                return r;

        *ret_words = verb->usage;
        r = verb->parse(&cursor, ret);
        if (r == -E2BIG)
                *ret_words = "That is more devices than are taken at once.";
        return r;
}
