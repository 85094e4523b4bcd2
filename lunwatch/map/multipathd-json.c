/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/multipathd-json.h"

#include "common/escape.h"
#include "common/json-read.h"

#include <string.h>

static void copy(char *to, size_t size, const JsonValue *object, const char *key) {
        (void) snprintf(to, size, "%s", json_read_string(object, key));
        (void) escape_in_place(to);
        /* multipathd's word for a state that it has not found out. */
        if (strcmp(to, "undef") == 0)
                to[0] = '\0';
}

static int read_group(const JsonValue *group, MultipathdMap *map) {
        const JsonValue *paths = json_read_array(group, "paths");
        size_t n = json_read_length(paths);
        MapMember *members;

        if (n > MULTIPATHD_PATHS_MAX || map->n_members + n > MULTIPATHD_PATHS_MAX)
                return -EBADMSG;
        if (n == 0)
                return 0;
        members = reallocarray(map->members, map->n_members + n, sizeof *members);
        if (!members)
                return -ENOMEM;
        map->members = members;

        for (size_t i = 0; i < n; i++) {
                const JsonValue *path = json_read_item(paths, i);
                MapMember *member = members + map->n_members++;

                *member = (MapMember){ .group = (uint32_t) json_read_number(group, "group", 0) };
                copy(member->device, sizeof member->device, path, "dev");
                copy(member->state, sizeof member->state, path, "dm_st");
                copy(member->checker, sizeof member->checker, path, "chk_st");
                copy(member->group_state, sizeof member->group_state, group, "dm_st");
                copy(member->policy, sizeof member->policy, group, "selector");
        }

        return 0;
}

static int read_map(const JsonValue *object, MultipathdMap *ret) {
        const JsonValue *groups = json_read_array(object, "path_groups");
        int r = 0;

        *ret = (MultipathdMap){ 0 };
        copy(ret->device, sizeof ret->device, object, "sysfs");
        for (size_t i = 0; r >= 0 && i < json_read_length(groups); i++)
                r = read_group(json_read_item(groups, i), ret);

        return r;
}

void multipathd_reply_done(MultipathdReply *reply) {
        for (size_t i = 0; i < reply->n_maps; i++)
                free(reply->maps[i].members);
        free(reply->maps);
        *reply = (MultipathdReply){ 0 };
}

static int read_maps(const JsonValue *whole, MultipathdReply *reply) {
        const JsonValue *maps = json_read_array(whole, "maps");
        const JsonValue *map = json_read_object(whole, "map");
        size_t n = maps ? json_read_length(maps) : map != NULL;
        int r = 0;

        if (n > MULTIPATHD_MAPS_MAX)
                return -EBADMSG;
        reply->maps = calloc(n + 1, sizeof *reply->maps);
        if (!reply->maps)
                return -ENOMEM;

        for (; r >= 0 && reply->n_maps < n; reply->n_maps++)
                r = read_map(maps ? json_read_item(maps, reply->n_maps) : map,
                             reply->maps + reply->n_maps);
        return r;
}

int multipathd_reply_parse(const char *text, size_t size, MultipathdReply *ret) {
        _cleanup_(multipathd_reply_done) MultipathdReply reply = { 0 };
        _cleanup_(json_read_freep) JsonValue *whole = NULL;
        int r;

        r = json_read(text, size, JSON_DEPTH_MAX, &whole);
        if (r < 0)
                return r;
        if (json_read_number(whole, "major_version", 0) > 1)
                return -EBADMSG;

        r = read_maps(whole, &reply);
        if (r < 0)
                return r;

        *ret = reply;
        reply = (MultipathdReply){ 0 };
        return 0;
}
