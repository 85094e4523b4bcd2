/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include "common/bus-error.h"

#include <string.h>

#define MAPS "org.npivot.lunwatch1.Maps"

typedef struct FakeMap {
        const char *name, *kind, *uuid, *device, *wwid;
        const char *holders[2], *links[2];
} FakeMap;

static FakeMap maps[] = {
        {
                .name = "mpatha",
                .kind = "multipath",
                .uuid = "mpath-36001405000000010",
                .device = "/dev/dm-3",
                .wwid = FAKE_WWID,
                .holders = { "dm-4" },
                .links = { "/dev/mapper/mpatha" },
        },
        {
                .name = "vg0-root",
                .kind = "lvm",
                .uuid = "LVM-abc",
                .device = "/dev/dm-4",
                .wwid = "",
                .links = { "/dev/mapper/vg0-root" },
        },
};

static uint64_t generation = 7;

static int append_members(sd_bus_message *message, const FakeMap *map) {
        bool is_multipath = strcmp(map->kind, "multipath") == 0;
        int r;

        r = sd_bus_message_open_container(message, 'a', "(ssssuss)");
        if (r >= 0 && is_multipath)
                r = sd_bus_message_append(message, "(ssssuss)(ssssuss)", "/dev/sdb", "7:0:0:0",
                                          "active", "ready", 1, "active", "service-time 0",
                                          "/dev/sdc", "7:0:1:0", "failed", "faulty", 2, "enabled",
                                          "service-time 0");
        else if (r >= 0)
                r = sd_bus_message_append(message, "(ssssuss)", "/dev/dm-3", "", "", "", 0, "", "");

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_map(sd_bus_message *message, FakeMap *map) {
        int r;

        r = sd_bus_message_open_container(message, 'r', MAP_TYPE);
        if (r >= 0)
                r = sd_bus_message_append(message, "sssssts", map->name, map->kind, map->uuid,
                                          map->device, map->wwid, UINT64_C(21474836480), "active");
        if (r >= 0)
                r = append_members(message, map);
        if (r >= 0)
                r = sd_bus_message_append_strv(message, (char **) map->holders);
        if (r >= 0)
                r = sd_bus_message_append_strv(message, (char **) map->links);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", "");

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static FakeMap *find(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(maps); i++)
                if (strcmp(name, maps[i].name) == 0 || strcmp(name, maps[i].device) == 0)
                        return maps + i;

        return NULL;
}

int fake_maps_append(sd_bus_message *message, const char *name) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(" MAP_TYPE ")");
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(maps); i++)
                if (strcmp(name, "all") == 0 || find(name) == maps + i)
                        r = append_map(message, maps + i);

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int method_list_maps(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *key, *kind = NULL;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &key);
                if (r >= 0 && strcmp(key, "Kind") == 0)
                        r = sd_bus_message_read(call, "v", "s", &kind);
                else if (r >= 0)
                        r = sd_bus_message_skip(call, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = fake_maps_append(reply, !kind                            ? "all"
                                            : strcmp(kind, "multipath") == 0 ? "mpatha"
                                                                             : "none");
        if (r >= 0)
                r = sd_bus_message_append(reply, "st", "", generation);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int reply_map(sd_bus_message *call, const char *name, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        FakeMap *map = find(name);
        int r;

        if (!map)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_MAP, "There is no map %s.",
                                         name);
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_map(reply, map);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_get_map(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        return r < 0 ? r : reply_map(call, name, error);
}

static int method_map_of(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const FakePath *path;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        path = fake_path_find(name);
        return reply_map(call, path && fake_path_is_mapped(path) ? "mpatha" : name, error);
}

static int property_get_map_count(sd_bus *bus, const char *path, const char *interface,
                                  const char *property, sd_bus_message *reply, void *userdata,
                                  sd_bus_error *error) {
        return sd_bus_message_append(reply, "u", (uint32_t) ARRAY_LEN(maps));
}

int fake_map_emit(Fake *fake) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        int r;

        r = sd_bus_message_new_signal(fake->bus, &signal, LUNWATCH_ROOT, MAPS, "Changed");
        if (r >= 0)
                r = sd_bus_message_append(signal, "t", ++generation);
        if (r >= 0)
                r = sd_bus_message_open_container(signal, 'a', "(ss(" MAP_TYPE "))");
        if (r >= 0)
                r = sd_bus_message_open_container(signal, 'r', "ss(" MAP_TYPE ")");
        if (r >= 0)
                r = sd_bus_message_append(signal, "ss", "changed", "path-failed");
        if (r >= 0)
                r = append_map(signal, maps);
        if (r >= 0)
                r = sd_bus_message_close_container(signal);
        if (r >= 0)
                r = sd_bus_message_close_container(signal);

        return r < 0 ? r : sd_bus_send(fake->bus, signal, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("ListMaps", "a{sv}su", "a(" MAP_TYPE ")st", method_list_maps,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetMap", "s", "(" MAP_TYPE ")", method_get_map, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("MapOf", "s", "(" MAP_TYPE ")", method_map_of, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("Changed", "ta(ss(" MAP_TYPE "))", 0),
        SD_BUS_PROPERTY("MapCount", "u", property_get_map_count, 0, 0),
        SD_BUS_VTABLE_END,
};

int fake_map_serve(Fake *fake) {
        if (fake->is_hostile)
                for (size_t i = 0; i < ARRAY_LEN(maps); i++)
                        maps[i].name = maps[i].uuid = maps[i].links[0] = FAKE_HOSTILE;

        return sd_bus_add_object_vtable(fake->bus, NULL, LUNWATCH_ROOT, MAPS, vtable, fake);
}
