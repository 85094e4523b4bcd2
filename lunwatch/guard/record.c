/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/record.h"

#include "common/escape.h"

#include <inttypes.h>
#include <string.h>

#define FIELDS_MAX 9
#define FIELDS_PATH 5
#define FIELDS_DEBT 3

const char *record_kind_text(RecordKind kind) {
        static const char *const words[_RECORD_KIND_MAX] = { "path", "map", "debt" };

        return words[kind];
}

const char *suspicion_text(Suspicion suspicion) {
        static const char *const words[_SUSPICION_MAX] = { "", "wwid-changed", "size-changed" };

        return words[suspicion];
}

static void format_size(uint64_t size_bytes, char *buf, size_t size) {
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        uint64_t whole = size_bytes, rest = 0;
        size_t unit = 0;

        /* A resize by one extent must be seen: what is no whole number is not rounded to one. */
        for (; whole >= 1024 && unit + 1 < ARRAY_LEN(units); unit++) {
                rest = rest || whole % 1024;
                whole /= 1024;
        }
        if (rest)
                (void) snprintf(buf, size, "%" PRIu64 " B", size_bytes);
        else
                (void) snprintf(buf, size, "%" PRIu64 " %s", whole, units[unit]);
}

const char *identity_format(const Identity *identity, char ret[static IDENTITY_TEXT_MAX]) {
        char size[32] = "unknown size";

        if (identity->size_bytes > 0)
                format_size(identity->size_bytes, size, sizeof size);
        (void) snprintf(ret, IDENTITY_TEXT_MAX, "%.*s %s", RECORD_WWID_MAX,
                        *identity->wwid ? identity->wwid : "unknown", size);
        return ret;
}

/* Fit for a line of ours, and for the bus. */
static bool is_plain(const char *s, size_t max) {
        char copy[RECORD_KEY_MAX + 1];

        if (strlen(s) > max)
                return false;

        return strcmp(escape_in_place(strcpy(copy, s)), s) == 0;
}

int record_new(RecordKind kind, const char *key, const Identity *identity, Record **ret) {
        size_t key_size = strlen(key) + 1, wwid_size = strlen(identity->wwid) + 1;
        Record *record;

        if (!*key || !is_plain(key, RECORD_KEY_MAX) || !is_plain(identity->wwid, RECORD_WWID_MAX))
                return -EINVAL;

        record = malloc(sizeof *record + key_size + wwid_size);
        if (!record)
                return -ENOMEM;
        *record = (Record){
                .kind = kind,
                .size_bytes = identity->size_bytes,
                .wwid_offset = (uint16_t) key_size,
        };
        memcpy(record->text, key, key_size);
        memcpy(record->text + key_size, identity->wwid, wwid_size);

        *ret = record;
        return 0;
}

Record *record_free(Record *record) {
        if (!record)
                return NULL;

        free(record->quarantine);
        free(record);
        return NULL;
}

const char *record_key(const Record *record) {
        return record->text;
}

Identity record_then(const Record *record) {
        return (Identity){ record->text + record->wwid_offset, record->size_bytes };
}

Identity record_now(const Record *record) {
        const Quarantine *quarantine = record->quarantine;

        return quarantine ? (Identity){ quarantine->wwid, quarantine->size_bytes }
                          : record_then(record);
}

int record_suspect(Record *record, Suspicion suspicion, const Identity *now, uint64_t now_usec) {
        Quarantine *old = record->quarantine, *quarantine;
        size_t wwid_size = strlen(now->wwid) + 1;

        if (!is_plain(now->wwid, RECORD_WWID_MAX))
                return -EINVAL;
        quarantine = malloc(sizeof *quarantine + wwid_size);
        if (!quarantine)
                return -ENOMEM;

        *quarantine = (Quarantine){
                .suspicion = suspicion,
                .since_usec = old ? old->since_usec : now_usec,
                .size_bytes = now->size_bytes,
        };
        memcpy(quarantine->wwid, now->wwid, wwid_size);
        record->quarantine = quarantine;
        free(old);
        return 0;
}

size_t record_format(const Record *record, char ret[static RECORD_LINE_MAX]) {
        const Quarantine *quarantine = record->quarantine;
        Identity then = record_then(record);
        int n;

        if (record->kind == RECORD_DEBT)
                return (size_t) snprintf(ret, RECORD_LINE_MAX, "debt\t%s\t%" PRIu64,
                                         record_key(record), record->since_usec);

        n = snprintf(ret, RECORD_LINE_MAX, "%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64,
                     record_kind_text(record->kind), record_key(record), then.wwid, then.size_bytes,
                     record->since_usec);
        if (quarantine)
                n += snprintf(ret + n, RECORD_LINE_MAX - (size_t) n,
                              "\t%s\t%" PRIu64 "\t%s\t%" PRIu64,
                              suspicion_text(quarantine->suspicion), quarantine->since_usec,
                              quarantine->wwid, quarantine->size_bytes);
        return (size_t) n;
}

/* Decimal, as we print it, and nothing else. */
static int parse_number(const char *s, uint64_t *ret) {
        char *end;

        if (*s < '0' || *s > '9' || (*s == '0' && s[1]))
                return -EBADMSG;
        errno = 0;
        *ret = strtoull(s, &end, 10);

        return errno != 0 || *end ? -EBADMSG : 0;
}

static int parse_quarantine(Record *record, char *const fields[static 4]) {
        Identity now = { .wwid = fields[2] };
        Suspicion suspicion = SUSPICION_NONE;
        uint64_t since_usec;

        for (unsigned i = SUSPICION_NONE + 1; i < _SUSPICION_MAX; i++)
                if (strcmp(fields[0], suspicion_text(i)) == 0)
                        suspicion = i;
        if (suspicion == SUSPICION_NONE || parse_number(fields[1], &since_usec) < 0 ||
            parse_number(fields[3], &now.size_bytes) < 0)
                return -EBADMSG;

        return record_suspect(record, suspicion, &now, since_usec);
}

static int parse_fields(char *const fields[static FIELDS_MAX], size_t n_fields, Record **ret) {
        _cleanup_(record_freep) Record *record = NULL;
        bool is_debt = strcmp(fields[0], "debt") == 0;
        Identity then = { .wwid = "" };
        uint64_t since_usec;
        int r;

        if (is_debt ? n_fields != FIELDS_DEBT : n_fields != FIELDS_PATH && n_fields != FIELDS_MAX)
                return -EBADMSG;
        if (!is_debt && strcmp(fields[0], "path") != 0 && strcmp(fields[0], "map") != 0)
                return -EBADMSG;
        if (!is_debt) {
                then.wwid = fields[2];
                if (parse_number(fields[3], &then.size_bytes) < 0)
                        return -EBADMSG;
        }
        if (parse_number(fields[n_fields == FIELDS_DEBT ? 2 : 4], &since_usec) < 0)
                return -EBADMSG;

        r = record_new(is_debt               ? RECORD_DEBT
                       : fields[0][0] == 'p' ? RECORD_PATH
                                             : RECORD_MAP,
                       fields[1], &then, &record);
        if (r < 0)
                return r;
        record->since_usec = since_usec;
        r = n_fields == FIELDS_MAX ? parse_quarantine(record, fields + FIELDS_PATH) : 0;
        if (r < 0)
                return r;

        *ret = TAKE_PTR(record);
        return 0;
}

int record_parse(char *line, Record **ret) {
        char *fields[FIELDS_MAX];
        size_t n_fields = 0;
        char *field;
        int r;

        while ((field = strsep(&line, "\t"))) {
                if (n_fields == FIELDS_MAX)
                        return -EBADMSG;
                fields[n_fields++] = field;
        }
        if (n_fields < FIELDS_DEBT)
                return -EBADMSG;

        r = parse_fields(fields, n_fields, ret);
        return r == -EINVAL ? -EBADMSG : r;
}
