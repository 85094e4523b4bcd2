/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Views: the same LUNs by the names that they have in one directory of /dev. Single paths in one,
 * unique LUNs in the other; who lists sees to the pages. Knows no directory but these, and looks at
 * what udev says of links, not at the links themselves.
 */

#include "lunwatch/path/lun.h"

typedef enum ViewKind {
        VIEW_BY_PATH, /* a path each */
        VIEW_BY_VHBA,
        VIEW_BY_ID, /* a LUN each */
        VIEW_MAPPER,
        _VIEW_MAX,
} ViewKind;

typedef struct View {
        ViewKind kind;
        LunMapFind find_map; /* NULL: there are no maps */
        const void *userdata;
} View;

/* "/dev/disk/by-path", …; -EINVAL for anything else. */
int view_parse(const char *directory, ViewKind *ret);

/* "/dev/disk/by-path, …": for an error that lists the choices. */
const char *view_choices(void);

bool view_is_of_luns(ViewKind kind);

/* Adds to the filter that a path, or the LUN it is of, has a name in the view. Borrows the view. */
void view_narrow(const View *view, Filter *filter);

#define VIEW_NAME_MAX 512

typedef struct ViewEntry {
        char name[VIEW_NAME_MAX]; /* full */
        const char *wwid;
        const char *device; /* kernel name */
        uint64_t size_bytes;
} ViewEntry;

/* What passed view_narrow(), by its name in the view. */
void view_name_path(const View *view, const Path *path, ViewEntry *ret);
void view_name_lun(const View *view, const Lun *lun, ViewEntry *ret);
