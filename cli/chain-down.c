/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the uses of a disk down: map, group, path, target port, vHBA, HBA.
 */

#include "cli/chain-tree.h"
#include "cli/format.h"

#include <inttypes.h>
#include <string.h>

/* Nobody stacks so many; a loop would. */
#define DEPTH_MAX 16

typedef struct Down {
        const Chain *chain;
        Table *table;
        bool *map_is_shown;
        bool *path_is_shown;
} Down;

static void down_done(Down *down) {
        (void) table_free(down->table);
        free(down->map_is_shown);
        free(down->path_is_shown);
}

static int down_new(const Chain *chain, bool heads, Down *ret) {
        ret->chain = chain;
        ret->map_is_shown = calloc(chain->maps.n_maps + 1, sizeof(bool));
        ret->path_is_shown = calloc(chain->paths.n_paths + 1, sizeof(bool));
        if (!ret->map_is_shown || !ret->path_is_shown)
                return -ENOMEM;

        return chain_tree_new(heads, &ret->table);
}

static void add_device(Down *down, Row *parent, const char *device, const MapMember *member,
                       unsigned depth);

static const char *member_trouble(const MapMember *member) {
        if (!member || map_member_is_usable(member))
                return "";

        return strcmp(member->checker, "faulty") == 0 ? ", faulty to multipathd"
                                                      : ", failed in the map";
}

static void add_path(Down *down, Row *parent, const LunPath *path, const MapMember *member) {
        Row *row = table_add_row(down->table, parent);
        const char *trouble = member_trouble(member), *state = lun_path_state(path);
        char size[FORMAT_SIZE_MAX];

        table_set(down->table, row, CHAIN_NAME, TONE_PLAIN,
                  *path->node != '\0' ? path->node : path->hctl);
        table_set(down->table, row, CHAIN_STATE, *trouble != '\0' ? TONE_BAD : state_tone(state),
                  state);
        table_setf(down->table, row, CHAIN_DETAIL, TONE_PLAIN, "LUN %" PRIu64 ", %s, %s%s%s%s%s%s",
                   path->lun, path->hctl, format_size(path->size_bytes, size),
                   *path->access != '\0' ? ", " : "", path->access, trouble,
                   *path->quarantine != '\0' ? ", " : "", path->quarantine);
        down->path_is_shown[path - down->chain->paths.paths] = true;

        row = chain_tree_add_port(down->table, row, path);
        if (path->is_vhba || strcmp(path->transport, "iscsi") == 0)
                row = chain_tree_add_initiator(down->table, row, down->chain, path);
        (void) chain_tree_add_hba(down->table, row, down->chain, path);
}

static void add_members(Down *down, Row *parent, const Map *map, unsigned depth) {
        Row *under = parent;

        for (size_t i = 0; i < map->n_members; i++) {
                const MapMember *member = map->members + i;

                if (member->group > 0 && (i == 0 || member->group != member[-1].group)) {
                        under = table_add_row(down->table, parent);
                        table_setf(down->table, under, CHAIN_NAME, TONE_PLAIN, "group %u",
                                   member->group);
                        table_set(down->table, under, CHAIN_STATE, state_tone(member->group_state),
                                  member->group_state);
                        table_set(down->table, under, CHAIN_DETAIL, TONE_PLAIN, member->policy);
                }
                add_device(down, under, member->device, member, depth + 1);
        }
}

static void add_map(Down *down, Row *parent, const Map *map, unsigned depth) {
        bool *is_shown = down->map_is_shown + (map - down->chain->maps.maps);
        Row *row = table_add_row(down->table, parent);

        chain_tree_describe_map(down->table, row, map);
        if (*is_shown) {
                table_set(down->table, row, CHAIN_DETAIL, TONE_FAINT, "see above");
                return;
        }

        *is_shown = true;
        add_members(down, row, map, depth);
}

/* What is in between: a partition, or a volume of which there is no map. */
static const Use *find_step(const Chain *chain, const char *device) {
        for (size_t i = 0; i < chain->uses.n_uses; i++) {
                const Use *use = chain->uses.uses + i;

                if (!use_is_end(use) && strcmp(base_name(use->object), base_name(device)) == 0 &&
                    strcmp(use->device, device) != 0)
                        return use;
        }

        return NULL;
}

static void add_device(Down *down, Row *parent, const char *device, const MapMember *member,
                       unsigned depth) {
        const Map *map = map_list_find(&down->chain->maps, device);
        const LunPath *path = chain_find_path(down->chain, device);
        const Use *step = find_step(down->chain, device);
        Row *row;

        if (map && depth < DEPTH_MAX) {
                add_map(down, parent, map, depth);
                return;
        }
        if (path) {
                add_path(down, parent, path, member);
                return;
        }

        row = table_add_row(down->table, parent);
        table_set(down->table, row, CHAIN_NAME, TONE_PLAIN, device);
        if (member)
                table_set(down->table, row, CHAIN_STATE,
                          map_member_is_usable(member) ? TONE_PLAIN : TONE_BAD, member->state);
        if (step && depth < DEPTH_MAX) {
                table_set(down->table, row, CHAIN_DETAIL, TONE_PLAIN, step->kind);
                add_device(down, row, step->device, NULL, depth + 1);
        }
}

static bool is_member(const Chain *chain, const char *device) {
        for (size_t i = 0; i < chain->maps.n_maps; i++)
                for (size_t j = 0; j < chain->maps.maps[i].n_members; j++)
                        if (strcmp(chain->maps.maps[i].members[j].device, device) == 0)
                                return true;

        return false;
}

/* Those that are the end of a chain. Several on one device share what is below the last. */
static void add_uses(Down *down) {
        const UseList *uses = &down->chain->uses;
        const Use *last = NULL;
        Row *row = NULL;

        for (size_t i = 0; i < uses->n_uses; i++) {
                const Use *use = uses->uses + i;

                if (!use_is_end(use))
                        continue;
                if (last && strcmp(last->device, use->device) != 0)
                        add_device(down, row, last->device, NULL, 0);
                row = chain_tree_add_use(down->table, NULL, use);
                last = use;
        }
        if (last)
                add_device(down, row, last->device, NULL, 0);
}

static void add_unused(Down *down) {
        const Chain *chain = down->chain;

        for (size_t i = 0; i < chain->maps.n_maps; i++)
                if (!down->map_is_shown[i] && !is_member(chain, chain->maps.maps[i].device))
                        add_map(down, NULL, chain->maps.maps + i, 0);
        for (size_t i = 0; i < chain->paths.n_paths; i++)
                if (!down->path_is_shown[i])
                        add_path(down, NULL, chain->paths.paths + i, NULL);
}

int chain_tree_print_down(const Chain *chain, bool heads) {
        _cleanup_(down_done) Down down = { 0 };
        int r;

        r = down_new(chain, heads, &down);
        if (r < 0)
                return r;

        add_uses(&down);
        add_unused(&down);
        return table_print(down.table);
}

int chain_tree_print_paths(const Chain *chain, bool heads) {
        _cleanup_(down_done) Down down = { 0 };
        int r;

        r = down_new(chain, heads, &down);
        if (r < 0)
                return r;

        add_unused(&down);
        return table_print(down.table);
}
