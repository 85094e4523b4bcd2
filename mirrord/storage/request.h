/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one request that mirror-storage gets: a packet of fields parted by tabs, "-" for none.
 *
 *   VERB MS TOKEN KIND SIZE FORMAT ALLOCATION FLAGS OWNER PLACE IDENTITY PATH
 *   check   whether a disk can be made there, or what is there can be used; makes nothing. With an
 *           IDENTITY also whether that is what has the path
 *   create  makes it: a file under a name of its own, a logical volume under its name
 *   place   gives the file its name, or says that what was made has it
 *   remove  what create and place have made, and nothing else
 *
 * Who sends it is root's mirrord; it is checked all the same, since what it names is made and
 * removed. TOKEN is drawn by who asks and is written down before: what has it is his.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define STORAGE_SOCKET "/run/npivot/storage"
#define STORAGE_PACKET_MAX 2048
#define STORAGE_PATH_MAX 512
#define STORAGE_NAME_MAX 128 /* of the last part */
#define STORAGE_MSEC_MAX (24 * 60 * 60 * 1000)

typedef enum StorageVerb {
        STORAGE_CHECK,
        STORAGE_CREATE,
        STORAGE_PLACE,
        STORAGE_REMOVE,
        _STORAGE_VERB_MAX,
} StorageVerb;

typedef enum StorageKind {
        STORAGE_UNKNOWN,
        STORAGE_FILE,
        STORAGE_VOLUME,
        STORAGE_DEVICE,
        _STORAGE_KIND_MAX,
} StorageKind;

typedef enum StorageFormat {
        STORAGE_RAW,
        STORAGE_QCOW2,
        _STORAGE_FORMAT_MAX,
} StorageFormat;

typedef enum StorageAllocation {
        STORAGE_OFF,
        STORAGE_FALLOC,
        STORAGE_FULL,
        _STORAGE_ALLOCATION_MAX,
} StorageAllocation;

const char *storage_kind_text(StorageKind kind);
const char *storage_format_text(StorageFormat format);
const char *storage_allocation_text(StorageAllocation allocation);
/* -EINVAL for a word that is none of them. */
int storage_kind_parse(const char *text, StorageKind *ret);
int storage_format_parse(const char *text, StorageFormat *ret);
int storage_allocation_parse(const char *text, StorageAllocation *ret);

/* Letters, digits, "." and "-", as they are made here. */
typedef char StorageMark[48];

typedef struct StorageRequest {
        StorageVerb verb;
        uint32_t msec;
        StorageMark token;
        StorageKind kind; /* unknown: what the path says */
        uint64_t size_bytes;
        StorageFormat format;
        StorageAllocation allocation;
        bool may_overwrite, may_overcommit;
        char owner[33];       /* the user whose file it shall be; "": root */
        StorageMark place;    /* the directory that check has seen; "": any */
        StorageMark identity; /* what create has made or check has seen; "": not known */
        char path[STORAGE_PATH_MAX + 1];
} StorageRequest;

/* Absolute; no empty part, no "." and ".."; no blanks, control bytes, ";", "#" and quotes. */
bool storage_path_is_valid(const char *path);
bool storage_owner_is_valid(const char *owner);
bool storage_mark_is_valid(const char *mark);

/* Cuts the text up. -EINVAL: *ret_words says what is wrong with it. */
int storage_request_parse(char *text, StorageRequest *ret, const char **ret_words);
void storage_request_format(const StorageRequest *request, char ret[static STORAGE_PACKET_MAX]);
