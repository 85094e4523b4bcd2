/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Definition files that could not be read, and why: the property BadDefinitions. What is in a file
 * is never guessed at.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More are not listed: a directory full of rubbish is one mistake. */
#define BAD_MAX 1024

typedef struct BadDefinition {
        char *file; /* the name in the directory */
        uint32_t line;
        char *what;
        bool is_seen; /* while the directory is read */
} BadDefinition;

/* In the order of the file names. */
typedef struct BadList {
        BadDefinition items[BAD_MAX];
        size_t n;
        bool is_dirty;
} BadList;

void bad_list_done(BadList *list);

/* > 0 when that is news. */
int bad_list_add(BadList *list, const char *file, uint32_t line, const char *what);
void bad_list_remove(BadList *list, const char *file);
/* NULL when the file is not one of them. */
const BadDefinition *bad_list_find(const BadList *list, const char *file);

/* Around a reading of the whole directory: forgets what was not added again in between. */
void bad_list_begin(BadList *list);
void bad_list_end(BadList *list);
