/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/manager-bus.h"

#include "common/bus-error.h"
#include "lunwatch/list-bus.h"
#include "lunwatch/map/find.h"
#include "lunwatch/path/changed-bus.h"
#include "lunwatch/path/filter-bus.h"
#include "lunwatch/path/find.h"
#include "lunwatch/path/lookup.h"
#include "lunwatch/path/path-bus.h"
#include "lunwatch/path/ports.h"
#include "lunwatch/path/wwid.h"

#include <inttypes.h>

/* An initiator without LUNs: is it there at all? */
static int refuse_initiator(const Manager *manager, const Port *port, const char *name,
                            sd_bus_error *error) {
        char state[64];
        Wwn initiator = port->name;
        uint32_t host;
        int r;

        if (port->transport == PATH_ISCSI)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN,
                                         "No LUN is behind %s: no iSCSI session of this name shows "
                                         "one. See iscsiadm -m session -P 3.",
                                         name);

        r = ports_find_host(manager->inventory->reader.root_fd, initiator, &host, state,
                            sizeof state);
        if (r < 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN,
                                         "No HBA or vHBA with the port name %s is on this host.",
                                         WWN_STR(initiator));

        return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN,
                                 "No LUN is behind %s (host%" PRIu32 ", port state “%s”): check "
                                 "its zoning and the masking at the storage.",
                                 WWN_STR(initiator), host, state);
}

/* What it was and what it is, which the guard knows. */
static int refuse_quarantined(const Manager *manager, const Lookup *lookup, sd_bus_error *error) {
        const InventoryGuard *guard = manager->inventory->guard;
        _cleanup_free_ char *words = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&words, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "%s ", lookup->refusal);
        if (guard && guard->describe)
                guard->describe(guard->userdata, lookup->quarantined, f);
        if (fclose(f) != 0)
                return -ENOMEM;

        return sd_bus_error_set(error, NPIVOT_ERROR_QUARANTINED, words);
}

static int refuse_lookup(const Manager *manager, int r, const Port *initiator, const char *name,
                         const Lookup *lookup, sd_bus_error *error) {
        switch (r) {
        case -ENXIO:
                return refuse_initiator(manager, initiator, name, error);
        case -ENOENT:
        case -EADDRNOTAVAIL:
                return sd_bus_error_set(error, NPIVOT_ERROR_NO_LUN, lookup->refusal);
        case -EKEYREJECTED:
                return refuse_quarantined(manager, lookup, error);
        case -EBUSY:
        case -ENOTUNIQ:
                return sd_bus_error_set(error, NPIVOT_ERROR_AMBIGUOUS_LUN, lookup->refusal);
        default:
                return r;
        }
}

/* Of iSCSI, by-path has both names in it. */
static const char *format_link(const Path *path, char ret[static LUN_LINK_MAX]) {
        const char *by_path = path_link_in(path, "by-path");

        if (path->key.transport == PATH_FC)
                return path_bus_format_link(path, ret);

        (void) snprintf(ret, LUN_LINK_MAX, "%s%s", by_path ? "/dev/disk/by-path/" : "",
                        by_path ?: "");
        return ret;
}

static int reply_lookup(sd_bus_message *call, const Lookup *lookup) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        char link[LUN_LINK_MAX];
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "ss", format_link(lookup->best, link),
                                  path_wwid(lookup->best));
        if (r < 0)
                return r;
        r = path_bus_append_list(reply, lookup->paths, lookup->n_paths);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

static int method_lookup(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *initiator_text, *node_text, *lun_text;
        _cleanup_(lookup_done) Lookup lookup = { 0 };
        Manager *manager = userdata;
        Port initiator;
        Wwn node = 0;
        LunSpec spec;
        int r;

        r = sd_bus_message_read(call, "sss", &initiator_text, &node_text, &lun_text);
        if (r < 0)
                return r;
        if (port_parse(initiator_text, &initiator) < 0)
                return filter_bus_refuse_port(error, initiator_text);
        if (*node_text && wwn_parse(node_text, &node) < 0)
                return filter_bus_refuse_wwn(error, "node name", node_text);
        if (lun_spec_parse(lun_text, &spec) < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
                                         "“%s” is neither a LUN number nor “wwid:” and a WWID.",
                                         lun_text);

        r = lookup_find(&manager->inventory->index, &manager->inventory->held, &initiator, node,
                        &spec, &lookup);
        if (r < 0)
                return refuse_lookup(manager, r, &initiator, initiator_text, &lookup, error);

        return reply_lookup(call, &lookup);
}

static int method_get_path(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Manager *manager = userdata;
        const Path *path;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        path = path_find(manager->inventory, name);
        if (!path)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_PATH,
                                         "“%s” is not a disk behind a Fibre Channel port or an "
                                         "iSCSI session here: give a device node or a link below "
                                         "/dev, a kernel name or an H:C:T:L.",
                                         name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = path_bus_append(reply, path);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

/* By its WWID, or by a name of one of its paths or of a map that is made of them. */
static int find_lun(const Manager *manager, const char *name, Lun *ret) {
        const Inventory *inventory = manager->inventory;
        _cleanup_(found_done) Found found = { 0 };
        int r;

        if (lun_of_wwid(&inventory->index, name, ret) >= 0)
                return 0;
        r = find_object(inventory, manager->maps, name, &found);
        if (r < 0)
                return r;
        if (found.kind == FOUND_INITIATOR || found.kind == FOUND_TARGET || found.n_paths == 0)
                return -ENOENT;
        for (size_t i = 1; i < found.n_paths; i++)
                if (!wwid_equals(path_wwid(found.paths[0]), path_wwid(found.paths[i])))
                        return -ENOTUNIQ;

        return lun_of_path(&inventory->index, found.paths[0], ret);
}

static int method_get_lun(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Manager *manager = userdata;
        const char *name;
        Lun lun;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = find_lun(manager, name, &lun);
        if (r == -ENOTUNIQ)
                return sd_bus_error_setf(error, NPIVOT_ERROR_AMBIGUOUS_LUN,
                                         "“%s” is made of more than one LUN: see PathsOf.", name);
        if (r < 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN,
                                         "“%s” is not a LUN here: give its WWID, or the device "
                                         "node, a link below /dev, the kernel name or the H:C:T:L "
                                         "of one of its paths, or the name of its map.",
                                         name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = list_bus_append_lun(reply, manager, &lun);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int property_get_path_count(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error) {
        const Manager *manager = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) manager->inventory->index.n_paths);
}

static int property_get_lun_count(sd_bus *bus, const char *path, const char *interface,
                                  const char *property, sd_bus_message *reply, void *userdata,
                                  sd_bus_error *error) {
        const Manager *manager = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) manager->inventory->index.n_luns);
}

static int property_get_version(sd_bus *bus, const char *path, const char *interface,
                                const char *property, sd_bus_message *reply, void *userdata,
                                sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", NPIVOT_VERSION);
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Lookup", SD_BUS_ARGS("s", initiator, "s", wwnn, "s", lun),
                                SD_BUS_RESULT("s", link, "s", wwid, PATH_BUS_LIST, paths),
                                method_lookup, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetPath", SD_BUS_ARGS("s", name),
                                SD_BUS_RESULT(PATH_BUS_TYPE, path), method_get_path,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListPaths", SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", max),
                                SD_BUS_RESULT(PATH_BUS_LIST, paths, "s", next, "t", generation),
                                list_bus_paths, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListLuns", SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", max),
                                SD_BUS_RESULT("a" LUN_BUS_TYPE, luns, "s", next, "t", generation),
                                list_bus_luns, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetLun", SD_BUS_ARGS("s", name), SD_BUS_RESULT(LUN_BUS_TYPE, lun),
                                method_get_lun, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListNames",
                                SD_BUS_ARGS("s", source, "s", directory, "s", cursor, "u", max),
                                SD_BUS_RESULT("a(ssst)", names, "s", next), list_bus_names,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Changed",
                                SD_BUS_ARGS("t", generation, "a(ss" PATH_BUS_TYPE ")", changes), 0),
        SD_BUS_PROPERTY("Generation", "t", NULL, offsetof(Manager, generation), 0),
        SD_BUS_PROPERTY("PathCount", "u", property_get_path_count, 0, 0),
        SD_BUS_PROPERTY("LunCount", "u", property_get_lun_count, 0, 0),
        SD_BUS_PROPERTY("Version", "s", property_get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Manager *manager, sd_bus *bus, Inventory *inventory, const MapTable *maps) {
        *manager = (Manager){ .bus = bus, .inventory = inventory, .maps = maps };

        return sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, MANAGER_INTERFACE, manager_vtable,
                                        manager);
}

int manager_bus_tell(Manager *manager) {
        Inventory *inventory = manager->inventory;

        return changed_bus_send(&inventory->changes, &inventory->index, manager->bus,
                                &manager->generation);
}
