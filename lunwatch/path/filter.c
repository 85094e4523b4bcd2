/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/filter.h"

#include "lunwatch/path/wwid.h"

static bool is_port(const Path *path, const Port *wanted, uint64_t name) {
        return !wanted->name || (path->key.transport == wanted->transport && name == wanted->name);
}

bool filter_matches(const Filter *filter, const Path *path) {
        if (!is_port(path, &filter->initiator, path->key.initiator) ||
            !is_port(path, &filter->target, path->key.target))
                return false;
        if (filter->has_vhba && path->is_vhba != filter->vhba)
                return false;
        if (filter->has_transport && path->key.transport != filter->transport)
                return false;
        if (filter->has_quarantined && (path->quarantine != QUARANTINE_NONE) != filter->quarantined)
                return false;

        if (filter->accepts && !filter->accepts(filter->userdata, path))
                return false;

        return !filter->wwid || wwid_equals(path_wwid(path), filter->wwid);
}

/* The slice in which every match lies. */
static IndexRange narrow(const Filter *filter, const Index *index) {
        const PathKey key = {
                .initiator = filter->initiator.name,
                .target = filter->target.name,
                .transport = filter->initiator.transport,
        };

        if (filter->initiator.name && filter->target.name)
                return index_target(index, &key);
        if (filter->initiator.name)
                return index_initiator(index, &filter->initiator);

        return (IndexRange){ 0, index->n_paths };
}

size_t filter_page(const Filter *filter, const Index *index, const PathKey *cursor,
                   const Path **paths, size_t max, bool *ret_more) {
        IndexRange range = narrow(filter, index);
        size_t n = 0;

        if (cursor) {
                size_t next = index_after(index, cursor);

                if (next > range.begin)
                        range.begin = next;
        }

        *ret_more = false;
        for (size_t i = range.begin; i < range.end; i++) {
                if (!filter_matches(filter, index->paths[i]))
                        continue;
                if (n == max) {
                        *ret_more = true;
                        break;
                }
                paths[n++] = index->paths[i];
        }

        return n;
}
