/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is remembered about one path, one map or one debt, and the line of text that says so in a
 * file. Knows neither files nor other records; where the text comes from, nothing in it is trusted.
 *
 *      path    KEY     WWID    SIZE    GONE    [CAUSE  SINCE   WWID    SIZE]
 *      map     NAME    UUID    SIZE    GONE    [CAUSE  SINCE   UUID    SIZE]
 *      debt    KEY     SINCE
 *
 * with one tab between two fields: the identity that was known first, since when it is gone (0: it
 * is there), and in quarantine why, since when, and what it shows now. Times are CLOCK_REALTIME in
 * microseconds.
 */

#include "common/cleanup.h"
#include "lunwatch/path/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

typedef enum RecordKind {
        RECORD_PATH,
        RECORD_MAP,
        RECORD_DEBT,
        _RECORD_KIND_MAX,
} RecordKind;

const char *record_kind_text(RecordKind kind);

/* Why something is in quarantine; the words are those of the bus. */
typedef enum Suspicion {
        SUSPICION_NONE,
        SUSPICION_WWID,
        SUSPICION_SIZE,
        _SUSPICION_MAX,
} Suspicion;

/* "wwid-changed", "size-changed"; "" for none. */
const char *suspicion_text(Suspicion suspicion);

/* What a LUN is: a part that is not known is "" or 0. The WWID of a map is its uuid. */
typedef struct Identity {
        const char *wwid;
        uint64_t size_bytes;
} Identity;

#define IDENTITY_TEXT_MAX 320
/* "naa.6001… 20 GiB", for people. */
const char *identity_format(const Identity *identity, char ret[static IDENTITY_TEXT_MAX]);

typedef struct Quarantine {
        Suspicion suspicion;
        uint64_t since_usec;
        uint64_t size_bytes; /* now */
        char wwid[];         /* now */
} Quarantine;

/* Two initiator names of iSCSI, a LUN and room to spare. */
#define RECORD_KEY_MAX 600
#define RECORD_WWID_MAX 255
#define RECORD_LINE_MAX 1400

typedef struct Record {
        TableNode by_key;             /* the set's */
        TAILQ_ENTRY(Record) vanished; /* the set's, while it is gone */
        RecordKind kind : 8;
        bool is_gone : 1;
        uint16_t wwid_offset;
        uint64_t since_usec; /* a debt: since it is one; else: since it is gone, or 0 */
        uint64_t size_bytes;
        Quarantine *quarantine; /* NULL: none */
        char text[];            /* key, WWID: NUL-terminated, in that order */
} Record;

/* -EINVAL for text that could not be written into a line (empty or too long key, control bytes). */
int record_new(RecordKind kind, const char *key, const Identity *identity, Record **ret);
Record *record_free(Record *record);
DEFINE_CLEANUP(Record *, record_free);

const char *record_key(const Record *record);
Identity record_then(const Record *record);

/* What it shows now, when it is in quarantine; else what was known first. */
Identity record_now(const Record *record);

/* Sets or replaces what it shows now; since when stays. */
int record_suspect(Record *record, Suspicion suspicion, const Identity *now, uint64_t now_usec);

/* The line without its newline; returns its length. */
size_t record_format(const Record *record, char ret[static RECORD_LINE_MAX]);

/* Parses a line without its newline, and writes into it. -EBADMSG for anything but a line of ours.
 */
int record_parse(char *line, Record **ret);
