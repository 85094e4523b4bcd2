/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the HBAs up: vHBA, target port, LUN, map, uses. A path is a line through it; those that
 * begin alike share their rows.
 */

#include "cli/chain-tree.h"
#include "cli/format.h"

#include <inttypes.h>
#include <string.h>

typedef struct Up {
        const Chain *chain;
        Table *table;
        bool *map_is_shown;
} Up;

static void up_done(Up *up) {
        (void) table_free(up->table);
        free(up->map_is_shown);
}

static int compare_paths(const void *a, const void *b) {
        const LunPath *x = *(const LunPath *const *) a, *y = *(const LunPath *const *) b;
        int r;

        r = strcmp(x->hba, y->hba);
        if (r == 0)
                r = strcmp(x->initiator, y->initiator);
        if (r == 0)
                r = strcmp(x->target, y->target);
        if (r == 0)
                r = x->lun < y->lun ? -1 : x->lun > y->lun;

        return r;
}

static void add_uses(Up *up, Row *parent, const char *device);

static void add_map(Up *up, Row *parent, const Map *map) {
        bool *is_shown = up->map_is_shown + (map - up->chain->maps.maps);
        Row *row = table_add_row(up->table, parent);

        chain_tree_describe_map(up->table, row, map);
        if (*is_shown) {
                table_set(up->table, row, CHAIN_DETAIL, TONE_FAINT, "see above");
                return;
        }

        *is_shown = true;
        add_uses(up, row, map->device);
}

static bool has_member(const Map *map, const char *device) {
        for (size_t i = 0; i < map->n_members; i++)
                if (strcmp(map->members[i].device, device) == 0)
                        return true;

        return false;
}

/* Is there a map for it? Then that tells the same, and more. */
static bool is_told_by_map(const Chain *chain, const Use *use) {
        for (size_t i = 0; i < chain->maps.n_maps; i++)
                if (map_is_object(chain->maps.maps + i, use->object))
                        return true;

        return false;
}

/* What is on a device: maps, then everything else, and what is on that. */
static void add_uses(Up *up, Row *parent, const char *device) {
        const Chain *chain = up->chain;

        for (size_t i = 0; i < chain->maps.n_maps; i++)
                if (has_member(chain->maps.maps + i, device))
                        add_map(up, parent, chain->maps.maps + i);

        for (size_t i = 0; i < chain->uses.n_uses; i++) {
                const Use *use = chain->uses.uses + i;
                char object[256];
                Row *row;

                if (strcmp(use->device, device) != 0 ||
                    (!use_is_end(use) && is_told_by_map(chain, use)))
                        continue;
                row = chain_tree_add_use(up->table, parent, use);
                (void) snprintf(object, sizeof object, "/dev/%s", base_name(use->object));
                if (!use_is_end(use) && strcmp(object, device) != 0 &&
                    strcmp(use->kind, "partition") == 0)
                        add_uses(up, row, object);
        }
}

static void add_lun(Up *up, Row *parent, const LunPath *path) {
        Row *row = table_add_row(up->table, parent);
        const char *state = lun_path_state(path);
        char size[FORMAT_SIZE_MAX];

        table_setf(up->table, row, CHAIN_NAME, TONE_PLAIN, "LUN %" PRIu64 " %s", path->lun,
                   path->node);
        table_set(up->table, row, CHAIN_STATE, state_tone(state), state);
        table_setf(up->table, row, CHAIN_DETAIL, TONE_PLAIN, "%s, %s%s%s",
                   *path->wwid != '\0' ? path->wwid : "no WWID yet",
                   format_size(path->size_bytes, size), *path->quarantine != '\0' ? ", " : "",
                   path->quarantine);
        if (*path->node != '\0')
                add_uses(up, row, path->node);
}

static bool is_own_hba(const LunPath *path) {
        return strcmp(path->hba, path->initiator) == 0;
}

static void add_paths(Up *up, const LunPath *const *paths, size_t n) {
        Row *hba = NULL, *initiator = NULL, *port = NULL;

        for (size_t i = 0; i < n; i++) {
                const LunPath *path = paths[i], *last = i > 0 ? paths[i - 1] : NULL;
                bool is_new = !last || strcmp(last->hba, path->hba) != 0;

                if (is_new)
                        hba = chain_tree_add_hba(up->table, NULL, up->chain, path);
                is_new = is_new || strcmp(last->initiator, path->initiator) != 0;
                if (is_new)
                        initiator = is_own_hba(path) ? hba
                                                     : chain_tree_add_initiator(up->table, hba,
                                                                                up->chain, path);
                if (is_new || strcmp(last->target, path->target) != 0)
                        port = chain_tree_add_port(up->table, initiator, path);
                add_lun(up, port, path);
        }
}

int chain_tree_print_up(const Chain *chain, bool heads) {
        size_t n = chain->paths.n_paths;
        _cleanup_free_ const LunPath **paths = calloc(n + 1, sizeof *paths);
        _cleanup_(up_done) Up up = {
                .chain = chain,
                .map_is_shown = calloc(chain->maps.n_maps + 1, sizeof(bool)),
        };
        int r;

        if (!paths || !up.map_is_shown)
                return -ENOMEM;
        r = chain_tree_new(heads, &up.table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++)
                paths[i] = chain->paths.paths + i;
        qsort(paths, n, sizeof *paths, compare_paths);
        add_paths(&up, paths, n);

        return table_print(up.table);
}
