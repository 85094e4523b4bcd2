/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which paths a list shall hold, and a page of it. Knows the index, not the bus.
 */

#include "lunwatch/path/index.h"

typedef struct Filter {
        Port initiator;   /* name 0: all */
        Port target;      /* name 0: all */
        const char *wwid; /* NULL: all */
        bool has_vhba, vhba;
        bool has_quarantined, quarantined;
        bool has_transport;
        PathTransport transport;

        /* NULL, or what must be true of a path as well. */
        bool (*accepts)(const void *userdata, const Path *path);
        const void *userdata;
} Filter;

bool filter_matches(const Filter *filter, const Path *path);

/*
 * Up to max paths that match, behind the cursor (NULL: from the beginning), in the order of the
 * index. Returns their number; *ret_more tells whether others follow.
 */
size_t filter_page(const Filter *filter, const Index *index, const PathKey *cursor,
                   const Path **paths, size_t max, bool *ret_more);
