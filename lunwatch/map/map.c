/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/map.h"

#include "lunwatch/path/wwid.h"

#include <string.h>

static void strings_free(char **strings) {
        for (char **s = strings; s && *s; s++)
                free(*s);
        free(strings);
}

static bool strings_equal(char *const *a, char *const *b) {
        while (a && *a && b && *b && strcmp(*a, *b) == 0)
                a++, b++;

        return !(a && *a) && !(b && *b);
}

Map *map_free(Map *map) {
        if (!map)
                return NULL;

        strings_free(map->holders);
        strings_free(map->links);
        free(map->members);
        free(map);
        return NULL;
}

static bool member_equals(const MapMember *a, const MapMember *b) {
        return strcmp(a->device, b->device) == 0 && strcmp(a->state, b->state) == 0 &&
               strcmp(a->checker, b->checker) == 0 && a->group == b->group &&
               strcmp(a->group_state, b->group_state) == 0 && strcmp(a->policy, b->policy) == 0;
}

static bool members_equal(const Map *a, const Map *b) {
        if (a->n_members != b->n_members)
                return false;
        for (size_t i = 0; i < a->n_members; i++)
                if (!member_equals(a->members + i, b->members + i))
                        return false;

        return true;
}

bool map_equals(const Map *a, const Map *b) {
        return strcmp(a->device, b->device) == 0 && strcmp(a->name, b->name) == 0 &&
               strcmp(a->uuid, b->uuid) == 0 && a->kind == b->kind &&
               strcmp(a->state, b->state) == 0 && a->major == b->major && a->minor == b->minor &&
               a->size_bytes == b->size_bytes && a->quarantine == b->quarantine &&
               members_equal(a, b) && strings_equal(a->holders, b->holders) &&
               strings_equal(a->links, b->links);
}

const MapMember *map_find_member(const Map *map, const char *device) {
        for (size_t i = 0; i < map->n_members; i++)
                if (strcmp(map->members[i].device, device) == 0)
                        return map->members + i;

        return NULL;
}

/* Whether a member of `a` is failed in `b` and was not before. */
static bool has_newly_failed(const Map *a, const Map *b) {
        for (size_t i = 0; i < b->n_members; i++) {
                const MapMember *before = map_find_member(a, b->members[i].device);

                if (strcmp(b->members[i].state, "failed") == 0 && before &&
                    strcmp(before->state, "failed") != 0)
                        return true;
        }

        return false;
}

const char *map_change_cause(const Map *before, const Map *now) {
        if (strcmp(before->uuid, now->uuid) != 0)
                return "identity";
        if (before->size_bytes != now->size_bytes)
                return "size";
        if (before->quarantine != now->quarantine)
                return now->quarantine == QUARANTINE_NONE ? "released" : "identity";
        /* Before the state: a map that multipathd reloads for a path is suspended for a moment. */
        if (has_newly_failed(before, now))
                return "path-failed";
        if (has_newly_failed(now, before))
                return "path-restored";
        if (strcmp(before->name, now->name) != 0)
                return "name";
        if (strcmp(before->state, now->state) != 0)
                return "state";
        if (!members_equal(before, now))
                return "members";

        return strings_equal(before->holders, now->holders) ? "links" : "holders";
}

bool map_is_multipath(const Map *map) {
        return strcmp(map->kind, MAP_MULTIPATH) == 0;
}

const char *map_kind_of_uuid(const char *uuid) {
        static const char *const kinds[][2] = {
                { "mpath-", MAP_MULTIPATH }, { "LVM-", "lvm" },       { "CRYPT-", "crypt" },
                { "DMRAID-", "raid" },       { "VERITY-", "verity" }, { "stratis-", "stratis" },
        };
        unsigned number;

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (strncmp(uuid, kinds[i][0], strlen(kinds[i][0])) == 0)
                        return kinds[i][1];

        /* kpartx: "part1-mpath-3600…" */
        return sscanf(uuid, "part%u-", &number) == 1 ? "partition" : "dm";
}

void map_wwid_of_uuid(const char *uuid, char ret[static MAP_UUID_MAX]) {
        const char *id = uuid + strlen("mpath-");
        const char *type = "";

        ret[0] = '\0';
        if (strncmp(uuid, "mpath-", strlen("mpath-")) != 0)
                return;

        /* scsi_id's type in front: 3 for NAA, 2 for EUI-64. */
        if (wwid_bare(id) != id)
                type = "naa.";
        else if (id[0] == '2' && strlen(id) == 17)
                type = "eui.";
        (void) snprintf(ret, MAP_UUID_MAX, "%s%s", type, *type ? id + 1 : id);
}
