/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The things that npivot lun watch follows: paths, maps, debt. How each is read, remembered and
 * printed; when is lun-watch.c's.
 */

#include "cli/lun-path.h"
#include "cli/map.h"
#include "cli/quarantine.h"

typedef union Record {
        LunPath path;
        Map map;
        Debt debt;
} Record;

#define RECORD_KEY_MAX 640
#define RECORD_IMAGE_MAX 2048

/* A record as bytes that can be kept and compared: strings, one after the other. */
typedef struct Packed {
        char key[RECORD_KEY_MAX];
        char image[RECORD_IMAGE_MAX];
        size_t size;
} Packed;

typedef struct RecordKind {
        const char *name; /* "path": as a key in JSON, and the word before it in text */
        const char *interface;
        const char *list_method;
        const char *type; /* the struct, without parentheses */

        /* 0 at the end of an array, > 0 when there was one. */
        int (*read)(sd_bus_message *message, Record *ret);
        void (*done)(Record *record);
        void (*pack)(const Record *record, Packed *ret);
        /* All but lists: for what is gone. Valid as long as the image. */
        void (*unpack)(const char *image, size_t size, Record *ret);
        Json *(*to_json)(const Record *record);
        /* To be freed; NULL without memory. */
        char *(*to_text)(const Record *record);
} RecordKind;

extern const RecordKind record_path;
extern const RecordKind record_map;
extern const RecordKind record_debt;
