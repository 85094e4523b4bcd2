/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include "common/bus-error.h"

#include <string.h>

static int append_use(sd_bus_message *message, const char *kind, const char *object,
                      const char *device, const char *words) {
        return sd_bus_message_append(message, "(ssss)", kind, object, device, words);
}

int fake_uses_append(sd_bus_message *message, bool with_processes) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(ssss)");
        if (r >= 0 && !with_processes)
                r = append_use(message, "mount", "/srv", "/dev/dm-4", "mounted on /srv (ext4)");
        if (r >= 0)
                r = append_use(message, "lvm", "vg0/root", "/dev/dm-3", "volume group vg0");
        if (r >= 0 && with_processes)
                r = append_use(message, "signature", "LVM2_member", "/dev/dm-3",
                               "LVM2_member, found by libblkid");
        if (r >= 0 && with_processes)
                r = append_use(message, "domain", "web1", "/dev/dm-3", "qemu, pid 4242");

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static bool is_behind_vhba(const FakePath *path) {
        return path->is_vhba;
}

static bool is_third(const FakePath *path) {
        return path == fake_paths + 2;
}

static int append_nothing(sd_bus_message *message, const char *type) {
        int r;

        r = sd_bus_message_open_container(message, 'a', type);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_partition(sd_bus_message *message) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(ssss)");
        if (r >= 0)
                r = append_use(message, "partition", "sdd1", "/dev/sdd", "partition 1");
        if (r >= 0)
                r = append_use(message, "swap", "/dev/sdd1", "/dev/sdd1", "swap");

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_trace(sd_bus_message *reply, const char *name, const char *kind) {
        bool is_port = strcmp(kind, "initiator") == 0;
        bool is_mapped = !is_port && !fake_path_find(name);
        int r;

        if (fake_path_find(name) && fake_path_is_mapped(fake_path_find(name)))
                is_mapped = true;
        r = sd_bus_message_append(reply, "s", kind);
        if (r >= 0)
                r = fake_paths_append(reply, is_port     ? is_behind_vhba
                                             : is_mapped ? fake_path_is_mapped
                                                         : is_third);
        if (r >= 0)
                r = is_port || is_mapped ? fake_maps_append(reply, "all")
                                         : append_nothing(reply, "(" MAP_TYPE ")");
        if (r >= 0)
                r = is_port || is_mapped ? fake_uses_append(reply, false) : append_partition(reply);

        return r;
}

static int method_trace(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        static const struct {
                const char *name, *kind;
        } kinds[] = {
                { "/srv", "mount" },  { "mpatha", "map" },        { "/dev/dm-3", "map" },
                { FAKE_WWID, "lun" }, { FAKE_VHBA, "initiator" },
        };
        const char *name, *kind = NULL;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        printf("Trace %s\n", name);
        if (fake_path_find(name))
                kind = "path";
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (strcmp(name, kinds[i].name) == 0)
                        kind = kinds[i].kind;
        if (!kind)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_OBJECT,
                                         "%s is nothing that is known here.", name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_trace(reply, name, kind);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Trace", "s", "sa(" PATH_TYPE ")a(" MAP_TYPE ")a(ssss)", method_trace,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int fake_usage_serve(Fake *fake) {
        return sd_bus_add_object_vtable(fake->bus, NULL, LUNWATCH_ROOT,
                                        "org.npivot.lunwatch1.Usage", vtable, fake);
}
