/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/lun.h"

#include "lunwatch/path/wwid.h"

#include <string.h>

static const Filter everything;

/* A path that can be used, and of these one that has a link; else the first. */
static unsigned score(const Path *path) {
        unsigned is_fit = path_is_usable(path) && path->quarantine == QUARANTINE_NONE;

        return 2 * is_fit + (path->has_link || path->n_links > 0);
}

static void add(Lun *lun, const Path *path) {
        if (lun->n_paths++ == 0 || score(path) > score(lun->best))
                lun->best = path;
        lun->n_usable += path_is_usable(path) && path->quarantine == QUARANTINE_NONE;
        if (lun->quarantine == QUARANTINE_NONE)
                lun->quarantine = path->quarantine;
}

/* False when no path of it passes. */
static bool gather(const Filter *filter, const Index *index, IndexRange range, Lun *ret) {
        Lun lun = { 0 };

        for (size_t i = range.begin; i < range.end; i++)
                if (filter_matches(filter, index->disks[i]))
                        add(&lun, index->disks[i]);
        if (lun.n_paths == 0)
                return false;

        lun.wwid = path_wwid(lun.best);
        lun.size_bytes = lun.best->size_bytes;
        *ret = lun;
        return true;
}

/* The position behind the cursor. */
static size_t find_next(const Index *index, const LunCursor *after) {
        size_t i;

        if (wwid_is_known(after->wwid))
                return index_wwid(index, after->wwid).end;

        i = index_disk_bound(index, "", &after->key);
        if (i < index->n_disks && !wwid_is_known(path_wwid(index->disks[i])) &&
            path_key_compare(&index->disks[i]->key, &after->key) == 0)
                i++;
        return i;
}

size_t lun_page(const Filter *filter, const Index *index, const LunCursor *after, Lun *luns,
                size_t max, bool *ret_more) {
        IndexRange all =
                filter->wwid ? index_wwid(index, filter->wwid) : (IndexRange){ 0, index->n_disks };
        size_t i = after ? find_next(index, after) : 0, n = 0;
        Lun lun;

        if (i < all.begin)
                i = all.begin;
        *ret_more = false;
        while (i < all.end) {
                IndexRange range = index_lun_at(index, i);

                i = range.end;
                if (!gather(filter, index, range, &lun))
                        continue;
                if (n == max) {
                        *ret_more = true;
                        break;
                }
                luns[n++] = lun;
        }

        return n;
}

LunCursor lun_cursor(const Lun *lun) {
        return (LunCursor){ .wwid = lun->wwid, .key = lun->best->key };
}

int lun_of_wwid(const Index *index, const char *wwid, Lun *ret) {
        if (!wwid_is_known(wwid))
                return -ENOENT;

        return gather(&everything, index, index_wwid(index, wwid), ret) ? 0 : -ENOENT;
}

int lun_of_path(const Index *index, const Path *path, Lun *ret) {
        size_t i;

        if (!path_has_disk(path))
                return -ENXIO;
        if (wwid_is_known(path_wwid(path)))
                return lun_of_wwid(index, path_wwid(path), ret);

        i = index_disk_bound(index, "", &path->key);
        return gather(&everything, index, (IndexRange){ i, i + 1 }, ret) ? 0 : -ENXIO;
}

static const char *find_link(const Path *path, const char *prefix) {
        size_t length = strlen(prefix);

        for (const char *link = path_next_link(path, NULL); link; link = path_next_link(path, link))
                if (strncmp(link, prefix, length) == 0)
                        return link;

        return NULL;
}

const char *path_link_in(const Path *path, const char *directory) {
        char prefix[32];
        const char *link;

        (void) snprintf(prefix, sizeof prefix, "%s/", directory);
        link = find_link(path, prefix);
        return link ? link + strlen(prefix) : NULL;
}

/* That with the WWN has neither a vendor's text nor a type in it. */
static const char *find_stable(const Path *path, PathLink own) {
        const char *link = find_link(path, "by-id/wwn-");

        if (!link)
                link = find_link(path, "by-id/");
        if (!link && path->has_link)
                link = path_format_link(&path->key, own);

        return link ?: path_next_link(path, NULL);
}

const char *lun_format_link(const Lun *lun, const LunMap *map, char ret[static LUN_LINK_MAX]) {
        const char *link;
        PathLink own;

        ret[0] = '\0';
        if (map && *map->link) {
                (void) snprintf(ret, LUN_LINK_MAX, "%s", map->link);
                return ret;
        }

        link = find_stable(lun->best, own);
        if (link)
                (void) snprintf(ret, LUN_LINK_MAX, "/dev/disk/%s", link);
        return ret;
}
