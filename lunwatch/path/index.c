/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/index.h"

#include "lunwatch/path/wwid.h"

#include <string.h>

#define ALLOCATED_MIN 256U

static uint32_t hash_devnum(uint32_t major, uint32_t minor) {
        const uint32_t words[] = { major, minor };

        return hash_bytes(words, sizeof words);
}

static uint32_t hash_wwid(const char *wwid) {
        return hash_string_nocase(wwid_bare(wwid));
}

void index_done(Index *index) {
        for (size_t i = 0; i < index->n_paths; i++)
                (void) path_free(index->paths[i]);
        free(index->paths);
        free(index->disks);

        table_done(&index->by_hctl);
        table_done(&index->by_devnum);
        table_done(&index->by_name);
        table_done(&index->by_wwid);
        *index = (Index){ 0 };
}

/* Everything that can fail, before anything is changed. */
static int reserve(Index *index) {
        Table *const tables[] = {
                &index->by_hctl,
                &index->by_devnum,
                &index->by_name,
                &index->by_wwid,
        };
        size_t n = index->n_allocated ? 2 * index->n_allocated : ALLOCATED_MIN;
        Path **paths, **disks;

        for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
                int r;

                r = table_prepare(tables[i]);
                if (r < 0)
                        return r;
        }

        if (index->n_paths < index->n_allocated)
                return 0;
        paths = reallocarray(index->paths, n, sizeof *paths);
        if (!paths)
                return -ENOMEM;
        index->paths = paths;
        disks = reallocarray(index->disks, n, sizeof *disks);
        if (!disks)
                return -ENOMEM;
        index->disks = disks;

        index->n_allocated = n;
        return 0;
}

/* Room has been made by reserve(). */
static void insert_at(Path **array, size_t *n, size_t i, Path *path) {
        memmove(array + i + 1, array + i, (*n - i) * sizeof *array);
        array[i] = path;
        ++*n;
}

static void remove_at(Path **array, size_t *n, size_t i) {
        --*n;
        memmove(array + i, array + i + 1, (*n - i) * sizeof *array);
}

/* Whether the disk before or behind this position is of the same LUN. */
static bool has_neighbour(const Index *index, size_t i) {
        const char *wwid = path_wwid(index->disks[i]);

        if (!wwid_is_known(wwid))
                return false;

        return (i > 0 && wwid_equals(path_wwid(index->disks[i - 1]), wwid)) ||
               (i + 1 < index->n_disks && wwid_equals(path_wwid(index->disks[i + 1]), wwid));
}

static void disk_insert(Index *index, Path *path) {
        size_t i;

        if (!path_has_disk(path))
                return;
        i = index_disk_bound(index, path_wwid(path), &path->key);
        insert_at(index->disks, &index->n_disks, i, path);
        index->n_luns += !has_neighbour(index, i);
}

static void disk_remove(Index *index, const Path *path) {
        size_t i;

        if (!path_has_disk(path))
                return;
        i = index_disk_bound(index, path_wwid(path), &path->key);
        index->n_luns -= !has_neighbour(index, i);
        remove_at(index->disks, &index->n_disks, i);
}

static void untable(Index *index, Path *path) {
        table_remove(&index->by_hctl, &path->by_hctl);
        if (path_has_disk(path)) {
                table_remove(&index->by_devnum, &path->by_devnum);
                table_remove(&index->by_name, &path->by_name);
        }
        if (path_wwid(path)[0])
                table_remove(&index->by_wwid, &path->by_wwid);
}

static void entable(Index *index, Path *path) {
        const char *name = path_name(path);

        table_add(&index->by_hctl, &path->by_hctl, hctl_hash(&path->key.hctl));
        if (path_has_disk(path)) {
                table_add(&index->by_devnum, &path->by_devnum,
                          hash_devnum(path->major, path->minor));
                table_add(&index->by_name, &path->by_name, hash_string_nocase(name));
        }
        if (path_wwid(path)[0])
                table_add(&index->by_wwid, &path->by_wwid, hash_wwid(path_wwid(path)));
}

static Path *find_hctl(const Index *index, const Hctl *hctl) {
        TableNode *node;

        for (node = table_first(&index->by_hctl, hctl_hash(hctl)); node; node = table_next(node)) {
                Path *path = table_owner(node, Path, by_hctl);

                if (hctl_equals(&path->key.hctl, hctl))
                        return path;
        }

        return NULL;
}

static void order_insert(Index *index, Path *path) {
        insert_at(index->paths, &index->n_paths, index_lower_bound(index, &path->key), path);
        disk_insert(index, path);
        index->version++;
}

static void order_remove(Index *index, const Path *path) {
        remove_at(index->paths, &index->n_paths, index_lower_bound(index, &path->key));
        disk_remove(index, path);
        index->version++;
}

int index_put(Index *index, Path *path, Path **ret_old) {
        Path *old;
        int r;

        r = reserve(index);
        if (r < 0)
                return r;

        old = index_take(index, &path->key.hctl);
        entable(index, path);
        order_insert(index, path);

        *ret_old = old;
        return 0;
}

Path *index_take(Index *index, const Hctl *hctl) {
        Path *path = find_hctl(index, hctl);

        if (path) {
                untable(index, path);
                order_remove(index, path);
        }

        return path;
}

void index_mark(Index *index, const Hctl *hctl, uint32_t scan) {
        Path *path = find_hctl(index, hctl);

        if (path)
                path->scan = scan;
}

const Path *index_find_hctl(const Index *index, const Hctl *hctl) {
        return find_hctl(index, hctl);
}

const Path *index_find_devnum(const Index *index, uint32_t major, uint32_t minor) {
        TableNode *node = table_first(&index->by_devnum, hash_devnum(major, minor));

        for (; node; node = table_next(node)) {
                const Path *path = table_owner(node, Path, by_devnum);

                if (path->major == major && path->minor == minor)
                        return path;
        }

        return NULL;
}

const Path *index_find_name(const Index *index, const char *name) {
        TableNode *node = table_first(&index->by_name, hash_string_nocase(name));

        for (; node; node = table_next(node)) {
                const Path *path = table_owner(node, Path, by_name);

                if (strcmp(path_name(path), name) == 0)
                        return path;
        }

        return NULL;
}

static const Path *match_wwid(const TableNode *node, const char *wwid) {
        for (; node; node = table_next(node)) {
                const Path *path = table_owner(node, const Path, by_wwid);

                if (wwid_equals(path_wwid(path), wwid))
                        return path;
        }

        return NULL;
}

const Path *index_first_wwid(const Index *index, const char *wwid) {
        return match_wwid(table_first(&index->by_wwid, hash_wwid(wwid)), wwid);
}

const Path *index_next_wwid(const Path *path) {
        return match_wwid(table_next(&path->by_wwid), path_wwid(path));
}

size_t index_lower_bound(const Index *index, const PathKey *key) {
        size_t begin = 0, end = index->n_paths;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (path_key_compare(&index->paths[middle]->key, key) < 0)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return begin;
}

size_t index_after(const Index *index, const PathKey *key) {
        size_t i = index_lower_bound(index, key);

        return i < index->n_paths && path_key_compare(&index->paths[i]->key, key) == 0 ? i + 1 : i;
}

static int compare_disk(const Path *path, const char *wwid, const PathKey *key) {
        int r = wwid_compare(path_wwid(path), wwid);

        return r != 0 ? r : path_key_compare(&path->key, key);
}

size_t index_disk_bound(const Index *index, const char *wwid, const PathKey *key) {
        size_t begin = 0, end = index->n_disks;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (compare_disk(index->disks[middle], wwid, key) < 0)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return begin;
}

static const Hctl hctl_min = { 0 };
static const Hctl hctl_max = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX };

/* A name of a port is never all zeroes or all ones, and no host has the last number: nothing is cut
 * off. */
static IndexRange range(const Index *index, const PathKey *first, const PathKey *last) {
        return (IndexRange){
                .begin = index_lower_bound(index, first),
                .end = index_lower_bound(index, last),
        };
}

IndexRange index_initiator(const Index *index, const Port *initiator) {
        return range(index, &(PathKey){ initiator->name, 0, hctl_min, initiator->transport },
                     &(PathKey){ initiator->name, UINT64_MAX, hctl_max, initiator->transport });
}

IndexRange index_target(const Index *index, const PathKey *key) {
        return range(index, &(PathKey){ key->initiator, key->target, hctl_min, key->transport },
                     &(PathKey){ key->initiator, key->target, hctl_max, key->transport });
}

IndexRange index_lun(const Index *index, const PathKey *key) {
        Hctl first = hctl_min, last = hctl_max;

        first.lun = last.lun = key->hctl.lun;
        return range(index, &(PathKey){ key->initiator, key->target, first, key->transport },
                     &(PathKey){ key->initiator, key->target, last, key->transport });
}

IndexRange index_wwid(const Index *index, const char *wwid) {
        const PathKey first = { 0 };
        const PathKey last = { UINT64_MAX, UINT64_MAX, hctl_max, _PATH_TRANSPORT_MAX };

        return (IndexRange){
                .begin = index_disk_bound(index, wwid, &first),
                .end = index_disk_bound(index, wwid, &last),
        };
}

IndexRange index_lun_at(const Index *index, size_t begin) {
        const char *wwid = path_wwid(index->disks[begin]);
        size_t end = begin + 1;

        while (wwid_is_known(wwid) && end < index->n_disks &&
               wwid_equals(path_wwid(index->disks[end]), wwid))
                end++;

        return (IndexRange){ begin, end };
}
