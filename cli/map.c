/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/map.h"

#include "cli/pages.h"
#include "cli/string-list.h"

#include <string.h>

void map_done(Map *map) {
        free(map->members);
        free(map->holders);
        free(map->links);
        *map = (Map){ 0 };
}

void map_list_done(MapList *list) {
        for (size_t i = 0; i < list->n_maps; i++)
                map_done(list->maps + i);
        for (size_t i = 0; i < list->n_messages; i++)
                (void) sd_bus_message_unref(list->messages[i]);
        free(list->maps);
        free(list->messages);
        *list = (MapList){ 0 };
}

static int read_member(sd_bus_message *message, Map *map) {
        MapMember *members, *member;
        int r;

        members = grow(map->members, map->n_members, sizeof *members);
        if (!members)
                return -ENOMEM;
        map->members = members;

        member = members + map->n_members;
        r = sd_bus_message_read(message, "(" MAP_MEMBER_FIELDS ")", &member->device, &member->hctl,
                                &member->state, &member->checker, &member->group,
                                &member->group_state, &member->policy);
        if (r > 0)
                map->n_members++;

        return r;
}

static int read_members(sd_bus_message *message, Map *map) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "(" MAP_MEMBER_FIELDS ")");
        if (r < 0)
                return r;
        while ((r = read_member(message, map)) > 0)
                ;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

static int read_fields(sd_bus_message *message, Map *map) {
        int r;

        r = sd_bus_message_read(message, "sssssts", &map->name, &map->kind, &map->uuid,
                                &map->device, &map->wwid, &map->size_bytes, &map->state);
        if (r >= 0)
                r = read_members(message, map);
        if (r >= 0)
                r = string_list_read(message, &map->holders);
        if (r >= 0)
                r = string_list_read(message, &map->links);
        if (r >= 0)
                r = sd_bus_message_read_basic(message, 's', &map->quarantine);

        return r;
}

int map_read(sd_bus_message *message, Map *ret) {
        _cleanup_(map_done) Map map = { 0 };
        int r;

        r = sd_bus_message_enter_container(message, 'r', MAP_TYPE);
        if (r <= 0)
                return r;
        r = read_fields(message, &map);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        *ret = map;
        map = (Map){ 0 };
        return 1;
}

static int read_next(sd_bus_message *message, MapList *list) {
        Map *maps;
        int r;

        maps = grow(list->maps, list->n_maps, sizeof *maps);
        if (!maps)
                return -ENOMEM;
        list->maps = maps;

        r = map_read(message, maps + list->n_maps);
        if (r > 0)
                list->n_maps++;

        return r;
}

int map_list_read(sd_bus_message *message, MapList *list) {
        int r;

        r = messages_keep(&list->messages, &list->n_messages, message);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "(" MAP_TYPE ")");
        if (r < 0)
                return r;

        while ((r = read_next(message, list)) > 0)
                ;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

static int append_filter(sd_bus_message *call, const void *question) {
        const MapFilter *filter = question;
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && filter->kind)
                r = sd_bus_message_append(call, "{sv}", "Kind", "s", filter->kind);
        if (r >= 0 && filter->wwid)
                r = sd_bus_message_append(call, "{sv}", "Wwid", "s", filter->wwid);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(call);
}

static int read_page(sd_bus_message *reply, void *userdata) {
        return map_list_read(reply, userdata);
}

int map_list_query(Client *client, const MapFilter *filter, MapList *ret, sd_bus_error *error) {
        _cleanup_(map_list_done) MapList list = { 0 };
        const Pages pages = {
                .interface = LUNWATCH_MAPS,
                .method = "ListMaps",
                .has_generation = true,
                .append = append_filter,
                .question = filter,
                .read = read_page,
                .userdata = &list,
        };
        int r;

        r = pages_query(client, &pages, error);
        if (r < 0)
                return r;

        *ret = list;
        list = (MapList){ 0 };
        return 0;
}

const Map *map_list_find(const MapList *list, const char *device) {
        for (size_t i = 0; i < list->n_maps; i++)
                if (strcmp(list->maps[i].device, device) == 0)
                        return list->maps + i;

        return NULL;
}

bool map_member_is_usable(const MapMember *member) {
        return strcmp(member->state, "failed") != 0 && strcmp(member->checker, "faulty") != 0;
}

size_t map_count_usable(const Map *map) {
        size_t n = 0;

        for (size_t i = 0; i < map->n_members; i++)
                n += map_member_is_usable(map->members + i);

        return n;
}

const char *map_state(const Map *map) {
        return *map->quarantine != '\0' ? "quarantined" : map->state;
}

static Json *member_to_json(const MapMember *member) {
        Json *json = json_new_object();

        json_set_string(json, "device", member->device);
        json_set_string(json, "hctl", member->hctl);
        json_set_string(json, "state", member->state);
        json_set_string(json, "checker", member->checker);
        if (member->group == 0)
                json_set(json, "group", NULL);
        else
                json_set_number(json, "group", member->group);
        json_set_string(json, "group_state", member->group_state);
        json_set_string(json, "policy", member->policy);

        return json;
}

Json *map_to_json(const Map *map) {
        Json *json = json_new_object(), *members = json_new_array();

        json_set_string(json, "name", map->name);
        json_set_string(json, "kind", map->kind);
        json_set_string(json, "uuid", map->uuid);
        json_set_string(json, "device", map->device);
        json_set_string(json, "wwid", map->wwid);
        json_set_number(json, "size_bytes", map->size_bytes);
        json_set_string(json, "state", map->state);
        json_set(json, "members", members);
        for (size_t i = 0; i < map->n_members; i++)
                json_append(members, member_to_json(map->members + i));
        json_set(json, "holders", string_list_to_json(map->holders));
        json_set(json, "links", string_list_to_json(map->links));
        json_set_string(json, "quarantine", map->quarantine);

        return json;
}

Json *map_list_to_json(const MapList *list) {
        Json *array = json_new_array();

        for (size_t i = 0; i < list->n_maps; i++)
                json_append(array, map_to_json(list->maps + i));

        return array;
}
