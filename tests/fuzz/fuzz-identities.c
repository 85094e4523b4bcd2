/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * store_parse(), what lunwatch remembers in /run: what is accepted is written as it was read, and
 * is fit for the bus.
 */

#include "common/cleanup.h"
#include "common/escape.h"
#include "lunwatch/guard/store.h"
#include "tests/fuzz/fuzz.h"

/* The shard of the seeds' keys. */
#define SHARD 17U

static bool has_text(const uint8_t *data, size_t size, const char *text, size_t length) {
        return memmem(data, size, text, length) != NULL;
}

static void check_record(const Record *record, const uint8_t *data, size_t size) {
        char line[RECORD_LINE_MAX], identity_text[IDENTITY_TEXT_MAX];
        Identity now = record_now(record);
        size_t length = record_format(record, line);

        assert(length < RECORD_LINE_MAX && strlen(line) == length);
        assert(has_text(data, size, line, length));
        assert(strcmp(escape_in_place(strdupa(record_key(record))), record_key(record)) == 0);
        assert(strlen(identity_format(&now, identity_text)) < IDENTITY_TEXT_MAX);
        assert(records_shard(record->kind, record_key(record)) == SHARD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = malloc(size + 1);
        size_t n_quarantined = 0;
        bool has_large = false;
        Records records;
        int r;

        assert(text);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        records_init(&records);
        r = store_parse(text, size, SHARD, &records);
        assert(r == 0 || r == -EBADMSG);

        if (r == 0)
                for (const Record *record = shard_next(&records.shards[SHARD], NULL); record;
                     record = shard_next(&records.shards[SHARD], record)) {
                        check_record(record, data, size);
                        n_quarantined += record->quarantine != NULL;
                        has_large = has_large || record_then(record).size_bytes > 1ULL << 30;
                }
        assert(r < 0 || n_quarantined == records.n_quarantined);
        records_done(&records);

        fuzz_planted_fault(data, size, has_large && n_quarantined == 1);
        return 0;
}
