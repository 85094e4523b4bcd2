/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk as --disk names it: NAME[=NODE][:PATH][,size=SIZE][,format=…][,preallocation=…]
 * [,owner=USER][,overwrite=yes][,overcommit=yes]. A comma in the path is written twice.
 */

#include "cli/client.h"

#include <stdint.h>

typedef struct DiskWords {
        char *text;                /* what the others point into */
        const char *name;          /* the target name */
        const char *node;          /* NULL: not said */
        const char *path;          /* NULL: not said */
        const char *format;        /* NULL: not said */
        const char *preallocation; /* NULL: not said */
        uint64_t size_bytes;       /* 0: not said */
        const char *owner;         /* NULL: not said */
        bool overwrite, overcommit;
} DiskWords;

typedef struct DiskWordsList {
        DiskWords *disks;
        size_t n_disks;
} DiskWordsList;

/* What a verb needs each disk to say, and what it has no use for. */
typedef enum DiskNeed {
        DISK_NODE = 1 << 0,
        DISK_PLACE = 1 << 1, /* path and size; without, neither makes sense. A node has its size */
} DiskNeed;

void disk_words_done(DiskWords *disk);
void disk_words_list_done(DiskWordsList *list);

/* 0, EXIT_USAGE after a complaint, or -ENOMEM. */
int disk_words_parse(const char *word, DiskNeed need, DiskWords *ret);

/* Every --disk: at least one, at most 64, no name twice. */
int disk_words_list_parse(const Client *client, DiskNeed need, DiskWordsList *ret);
