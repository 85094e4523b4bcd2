/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/request.h"

#include <inttypes.h>
#include <string.h>

#define FIELDS 12
#define TOKEN_MIN 16

static const char *const verbs[_STORAGE_VERB_MAX] = { "check", "create", "place", "remove" };
static const char *const kinds[_STORAGE_KIND_MAX] = { "-", "file", "volume", "device" };
static const char *const formats[_STORAGE_FORMAT_MAX] = { "raw", "qcow2" };
static const char *const allocations[_STORAGE_ALLOCATION_MAX] = { "off", "falloc", "full" };

const char *storage_kind_text(StorageKind kind) {
        return kinds[kind];
}

const char *storage_format_text(StorageFormat format) {
        return formats[format];
}

const char *storage_allocation_text(StorageAllocation allocation) {
        return allocations[allocation];
}

static int find(const char *const *words, unsigned n, const char *text, unsigned *ret) {
        for (unsigned i = 0; i < n; i++)
                if (strcmp(words[i], text) == 0) {
                        *ret = i;
                        return 0;
                }

        return -EINVAL;
}

int storage_kind_parse(const char *text, StorageKind *ret) {
        return find(kinds, _STORAGE_KIND_MAX, text, ret);
}

int storage_format_parse(const char *text, StorageFormat *ret) {
        return find(formats, _STORAGE_FORMAT_MAX, text, ret);
}

int storage_allocation_parse(const char *text, StorageAllocation *ret) {
        return find(allocations, _STORAGE_ALLOCATION_MAX, text, ret);
}

static bool part_is_valid(const char *part, size_t length) {
        if (length == 0 || length > STORAGE_NAME_MAX)
                return false;

        return !(part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')));
}

bool storage_path_is_valid(const char *path) {
        if (path[0] != '/' || strlen(path) > STORAGE_PATH_MAX)
                return false;
        for (const char *p = path; *p; p++)
                if ((unsigned char) *p <= ' ' || *p == 0x7f || strchr(";#\"'\\", *p))
                        return false;
        while (*path) {
                size_t length = strcspn(++path, "/");

                if (!part_is_valid(path, length))
                        return false;
                path += length;
        }

        return true;
}

bool storage_owner_is_valid(const char *owner) {
        size_t length = strlen(owner);

        return length > 0 && length <= 32 && owner[0] != '-' &&
               strspn(owner,
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$") ==
                       length;
}

bool storage_mark_is_valid(const char *mark) {
        size_t length = strlen(mark);

        return length > 0 && length < sizeof(StorageMark) && mark[0] != '-' && mark[0] != '.' &&
               strspn(mark, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
                       length;
}

/* Decimal, no sign, no blanks. */
static int parse_number(const char *s, uint64_t max, uint64_t *ret) {
        uint64_t value = 0;

        if (!*s)
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

static int take_mark(const char *field, StorageMark ret) {
        if (strcmp(field, "-") == 0) {
                ret[0] = '\0';
                return 0;
        }
        if (!storage_mark_is_valid(field))
                return -EINVAL;

        (void) strcpy(ret, field);
        return 0;
}

static int take_size(const char *field, StorageRequest *request) {
        if (parse_number(field, INT64_MAX, &request->size_bytes) < 0 ||
            request->size_bytes % 512 != 0)
                return -EINVAL;

        return request->size_bytes > 0 || request->verb >= STORAGE_PLACE ? 0 : -EINVAL;
}

static int take_flags(const char *field, StorageRequest *request) {
        if (strspn(field, "-ws") != strlen(field) || !*field || strlen(field) > 2)
                return -EINVAL;

        request->may_overwrite = strchr(field, 'w') != NULL;
        request->may_overcommit = strchr(field, 's') != NULL;
        return 0;
}

static int take_owner(const char *field, StorageRequest *request) {
        if (strcmp(field, "-") == 0)
                return 0;
        if (!storage_owner_is_valid(field))
                return -EINVAL;

        (void) strcpy(request->owner, field);
        return 0;
}

static int take_path(const char *field, StorageRequest *request) {
        if (!storage_path_is_valid(field))
                return -EINVAL;

        (void) strcpy(request->path, field);
        return 0;
}

static int take_msec(const char *field, StorageRequest *request) {
        uint64_t msec;

        if (parse_number(field, STORAGE_MSEC_MAX, &msec) < 0 || msec == 0)
                return -EINVAL;

        request->msec = (uint32_t) msec;
        return 0;
}

static int split(char *text, const char *fields[static FIELDS]) {
        size_t n = 0;

        while (text) {
                if (n == FIELDS)
                        return -EINVAL;
                fields[n++] = strsep(&text, "\t");
        }

        return n == FIELDS ? 0 : -EINVAL;
}

/* The name of the first that is wrong; NULL: none. */
static const char *take_fields(const char *const *fields, StorageRequest *request) {
        if (find(verbs, _STORAGE_VERB_MAX, fields[0], &request->verb) < 0)
                return "Unknown verb: check, create, place and remove are known.";
        if (take_msec(fields[1], request) < 0)
                return "The second field is a time in milliseconds, of at most a day.";
        if (take_mark(fields[2], request->token) < 0 || strlen(request->token) < TOKEN_MIN)
                return "The third field is a token.";
        if (storage_kind_parse(fields[3], &request->kind) < 0)
                return "The fourth field is a kind: file, volume, device or “-”.";
        if (take_size(fields[4], request) < 0)
                return "The fifth field is a size in bytes, a multiple of 512.";
        if (storage_format_parse(fields[5], &request->format) < 0 ||
            storage_allocation_parse(fields[6], &request->allocation) < 0)
                return "The sixth and seventh fields are a format and how it is allocated.";
        if (take_flags(fields[7], request) < 0)
                return "The eighth field is “-”, “w”, “s” or “ws”.";
        if (take_owner(fields[8], request) < 0)
                return "The ninth field is the name of a user.";
        if (take_mark(fields[9], request->place) < 0 ||
            take_mark(fields[10], request->identity) < 0)
                return "The tenth and eleventh fields are marks of a directory and of a file.";
        if (take_path(fields[11], request) < 0)
                return "The last field is an absolute path without blanks, quotes, “;” and “#”.";

        return NULL;
}

int storage_request_parse(char *text, StorageRequest *ret, const char **ret_words) {
        const char *fields[FIELDS];
        StorageRequest request = { 0 };

        *ret_words = "A request has twelve fields, parted by tabs.";
        if (split(text, fields) < 0)
                return -EINVAL;
        *ret_words = take_fields(fields, &request);
        if (*ret_words)
                return -EINVAL;

        *ret = request;
        return 0;
}

static const char *or_dash(const char *text) {
        return *text ? text : "-";
}

void storage_request_format(const StorageRequest *request, char ret[static STORAGE_PACKET_MAX]) {
        const char *flags = request->may_overwrite && request->may_overcommit ? "ws"
                            : request->may_overwrite                          ? "w"
                            : request->may_overcommit                         ? "s"
                                                                              : "-";

        (void) snprintf(ret, STORAGE_PACKET_MAX,
                        "%s\t%" PRIu32 "\t%s\t%s\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
                        verbs[request->verb], request->msec, request->token, kinds[request->kind],
                        request->size_bytes, formats[request->format],
                        allocations[request->allocation], flags, or_dash(request->owner),
                        or_dash(request->place), or_dash(request->identity), request->path);
}
