/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/maps-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "lunwatch/manager-bus.h"
#include "lunwatch/map/find.h"
#include "lunwatch/path/path-bus.h"
#include "lunwatch/path/wwid.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_MAX 1000U

static int append_members(sd_bus_message *m, const Map *map, const Index *index) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "(ssssuss)");
        for (size_t i = 0; r >= 0 && i < map->n_members; i++) {
                const MapMember *member = map->members + i;
                const Path *path = index_find_name(index, member->device);
                char device[sizeof "/dev/" + MAP_DEVICE_MAX];
                HctlString hctl;

                (void) snprintf(device, sizeof device, "/dev/%s", member->device);
                r = sd_bus_message_append(m, "(ssssuss)", device,
                                          path ? hctl_format(&path->key.hctl, hctl) : "",
                                          member->state, member->checker, member->group,
                                          member->group_state, member->policy);
        }

        return r < 0 ? r : sd_bus_message_close_container(m);
}

int map_bus_append(sd_bus_message *m, const Map *map, const Index *index) {
        char device[sizeof "/dev/" + MAP_DEVICE_MAX];
        int r;

        (void) snprintf(device, sizeof device, "/dev/%s", map->device);
        r = sd_bus_message_open_container(m, 'r', MAP_BUS_FIELDS);
        if (r >= 0)
                r = sd_bus_message_append(m,
                                          "ssssst"
                                          "s",
                                          map->name, map->kind, map->uuid, device, map->wwid,
                                          map->size_bytes, map->state);
        if (r >= 0)
                r = append_members(m, map, index);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, map->holders);
        if (r >= 0)
                r = sd_bus_message_append_strv(m, map->links);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", path_quarantine_text(map->quarantine));

        return r < 0 ? r : sd_bus_message_close_container(m);
}

int maps_bus_refuse(sd_bus_error *error, int r, const char *name) {
        if (r == -E2BIG)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "“%s” stands for more than %d paths: list them in pages, "
                                         "with a filter.",
                                         name, FOUND_PATHS_MAX);
        if (r != -ENOENT)
                return r;

        return sd_bus_error_setf(
                error, NPIVOT_ERROR_NO_SUCH_OBJECT,
                "“%s” is no path, LUN, map or port here: give a device or link "
                "below /dev, an H:C:T:L, a WWID, a WWPN, an iSCSI name, or a map's "
                "name or uuid.",
                name);
}

static const Map *find_map(const MapsBus *self, const char *name, Found *found) {
        if (find_object(self->inventory, &self->maps->table, name, found) < 0)
                return NULL;

        switch (found->kind) {
        case FOUND_MAP:
                return found->maps[0];
        case FOUND_LUN:
                for (size_t i = 0; i < found->n_maps; i++)
                        if (map_is_multipath(found->maps[i]))
                                return found->maps[i];
                return NULL;
        default:
                return NULL;
        }
}

static int reply_map(sd_bus_message *call, const MapsBus *self, const Map *map) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = map_bus_append(reply, map, &self->inventory->index);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_get_map(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(found_done) Found found = { 0 };
        MapsBus *self = userdata;
        const char *name;
        const Map *map;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        map = find_map(self, name, &found);
        if (!map)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_MAP,
                                         "“%s” is no map here: give its name, uuid or WWID, or a "
                                         "device or link below /dev.",
                                         name);
        return reply_map(call, self, map);
}

static int method_map_of(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(found_done) Found found = { 0 };
        const MapsBus *self = userdata;
        const char *name;
        const Map *map;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = find_object(self->inventory, &self->maps->table, name, &found);
        if (r < 0 || (found.kind != FOUND_PATH && found.kind != FOUND_MAP))
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_PATH,
                                         "“%s” is no path or map here: give a device or link below "
                                         "/dev, a kernel name or an H:C:T:L.",
                                         name);

        map = map_table_find_on(&self->maps->table, found.device);
        if (!map)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_MAP, "“%s” is in no map.",
                                         name);
        return reply_map(call, self, map);
}

static int method_paths_of(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(found_done) Found found = { 0 };
        const MapsBus *self = userdata;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = find_object(self->inventory, &self->maps->table, name, &found);
        if (r < 0)
                return maps_bus_refuse(error, r, name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = path_bus_append_list(reply, found.paths, found.n_paths);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

typedef struct MapFilter {
        const char *kind, *wwid, *member;
} MapFilter;

static int read_filter_key(sd_bus_message *call, const char *key, void *userdata,
                           sd_bus_error *error) {
        MapFilter *filter = userdata;
        const char **value;
        int r;

        value = strcmp(key, "Kind") == 0     ? &filter->kind
                : strcmp(key, "Wwid") == 0   ? &filter->wwid
                : strcmp(key, "Member") == 0 ? &filter->member
                                             : NULL;
        if (!value)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                         "Maps cannot be filtered by “%s”: only by Kind, Wwid and "
                                         "Member.",
                                         key);

        r = sd_bus_message_read(call, "v", "s", value);
        if (r == -ENXIO)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                         "The filter “%s” has a value of another type.", key);
        return r;
}

static bool is_wanted(const MapFilter *filter, const Map *map) {
        const char *member = filter->member;

        if (filter->kind && strcmp(map->kind, filter->kind) != 0)
                return false;
        if (filter->wwid && !(map->wwid[0] && wwid_equals(map->wwid, filter->wwid)))
                return false;
        if (!member)
                return true;

        return map_find_member(map, strncmp(member, "/dev/", 5) == 0 ? member + 5 : member) != NULL;
}

/* The cursor is the name and the kernel name of the last one: "mpatha dm-3". */
static size_t cursor_position(const MapTable *table, const char *cursor) {
        char name[MAP_NAME_MAX + MAP_DEVICE_MAX + 1], *device;
        size_t i;

        (void) snprintf(name, sizeof name, "%s", cursor);
        device = strrchr(name, ' ');
        if (!device)
                return SIZE_MAX;
        *device++ = '\0';

        i = map_table_lower_bound(table, name, device);
        return i < table->n_maps && strcmp(table->maps[i]->name, name) == 0 &&
                               strcmp(table->maps[i]->device, device) == 0
                       ? i + 1
                       : i;
}

static int append_page(sd_bus_message *reply, const MapsBus *self, const MapFilter *filter,
                       size_t begin, size_t max, char *ret_next, size_t size) {
        const MapTable *table = &self->maps->table;
        const Map *last = NULL;
        size_t n = 0;
        int r;

        r = sd_bus_message_open_container(reply, 'a', MAP_BUS_TYPE);
        for (size_t i = begin; r >= 0 && i < table->n_maps; i++) {
                if (!is_wanted(filter, table->maps[i]))
                        continue;
                if (n++ == max) {
                        (void) snprintf(ret_next, size, "%s %s", last->name, last->device);
                        break;
                }
                last = table->maps[i];
                r = map_bus_append(reply, last, &self->inventory->index);
        }

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_list_maps(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        char next[MAP_NAME_MAX + MAP_DEVICE_MAX + 2] = "";
        MapsBus *self = userdata;
        MapFilter filter = { 0 };
        size_t begin = 0;
        const char *cursor;
        uint32_t max;
        int r;

        r = bus_read_entries(call, read_filter_key, &filter, NULL, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read(call, "su", &cursor, &max);
        if (r < 0)
                return r;
        if (max == 0 || max > PAGE_MAX)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "A page has 1 to %u maps, not %" PRIu32 ".", PAGE_MAX,
                                         max);
        if (*cursor)
                begin = cursor_position(&self->maps->table, cursor);
        if (begin == SIZE_MAX)
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_CURSOR,
                                        "The cursor is none that ListMaps has returned.");

        /* So that the generation tells all that is in the page. */
        (void) maps_bus_tell(self);
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_page(reply, self, &filter, begin, max, next, sizeof next);
        if (r >= 0)
                r = sd_bus_message_append(reply, "st", next, self->generation);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

typedef struct Sender {
        MapsBus *self;
        sd_bus_message *signal;
        int result;
} Sender;

static void on_change(const char *kind, const char *cause, const Map *map, void *userdata) {
        Sender *sender = userdata;
        int r = sender->result;

        if (!sender->signal && r >= 0) {
                r = sd_bus_message_new_signal(sender->self->bus, &sender->signal, MANAGER_PATH,
                                              MAPS_INTERFACE, "Changed");
                if (r >= 0)
                        r = sd_bus_message_append(sender->signal, "t", ++sender->self->generation);
                if (r >= 0)
                        r = sd_bus_message_open_container(sender->signal, 'a',
                                                          "(ss" MAP_BUS_TYPE ")");
        }
        if (r >= 0)
                r = sd_bus_message_open_container(sender->signal, 'r', "ss" MAP_BUS_TYPE);
        if (r >= 0)
                r = sd_bus_message_append(sender->signal, "ss", kind, cause);
        if (r >= 0)
                r = map_bus_append(sender->signal, map, &sender->self->inventory->index);
        if (r >= 0)
                r = sd_bus_message_close_container(sender->signal);
        sender->result = r;
}

int maps_bus_tell(MapsBus *self) {
        Sender sender = { .self = self };
        int r;

        maps_flush(self->maps, on_change, &sender);
        r = sender.result;
        if (r >= 0 && sender.signal)
                r = sd_bus_message_close_container(sender.signal);
        if (r >= 0 && sender.signal)
                r = sd_bus_send(self->bus, sender.signal, NULL);
        sender.signal = sd_bus_message_unref(sender.signal);

        if (self->maps->is_running != self->told_running) {
                self->told_running = self->maps->is_running;
                (void) sd_bus_emit_properties_changed(self->bus, MANAGER_PATH, MAPS_INTERFACE,
                                                      "MultipathdRunning", NULL);
        }

        return r < 0 ? r : 0;
}

static int property_get_map_count(sd_bus *bus, const char *path, const char *interface,
                                  const char *property, sd_bus_message *reply, void *userdata,
                                  sd_bus_error *error) {
        const MapsBus *self = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) self->maps->table.n_maps);
}

static int property_get_running(sd_bus *bus, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *error) {
        const MapsBus *self = userdata;

        return sd_bus_message_append(reply, "b", (int) self->maps->is_running);
}

static const sd_bus_vtable maps_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("ListMaps", SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", max),
                                SD_BUS_RESULT("a" MAP_BUS_TYPE, maps, "s", next, "t", generation),
                                method_list_maps, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetMap", SD_BUS_ARGS("s", name), SD_BUS_RESULT(MAP_BUS_TYPE, map),
                                method_get_map, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("PathsOf", SD_BUS_ARGS("s", name),
                                SD_BUS_RESULT(PATH_BUS_LIST, paths), method_paths_of,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("MapOf", SD_BUS_ARGS("s", name), SD_BUS_RESULT(MAP_BUS_TYPE, map),
                                method_map_of, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Changed",
                                SD_BUS_ARGS("t", generation, "a(ss" MAP_BUS_TYPE ")", changes), 0),
        SD_BUS_PROPERTY("Generation", "t", NULL, offsetof(MapsBus, generation), 0),
        SD_BUS_PROPERTY("MapCount", "u", property_get_map_count, 0, 0),
        SD_BUS_PROPERTY("MultipathdRunning", "b", property_get_running, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

int maps_bus_add(MapsBus *self, sd_bus *bus, Inventory *inventory, Maps *maps) {
        *self = (MapsBus){ .bus = bus, .inventory = inventory, .maps = maps };

        return sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, MAPS_INTERFACE, maps_vtable, self);
}
