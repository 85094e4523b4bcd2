/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/manager-bus.h"

#include "common/bus-error.h"
#include "lunwatch/path/changed-bus.h"
#include "lunwatch/path/cursor.h"
#include "lunwatch/path/filter-bus.h"
#include "lunwatch/path/lookup.h"
#include "lunwatch/path/path-bus.h"
#include "lunwatch/path/ports.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#define PAGE_MAX 1000U

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

static int refuse_lookup(const Manager *manager, int r, const Port *initiator, const char *name,
                         const Lookup *lookup, sd_bus_error *error) {
        switch (r) {
        case -ENXIO:
                return refuse_initiator(manager, initiator, name, error);
        case -ENOENT:
        case -EADDRNOTAVAIL:
                return sd_bus_error_set(error, NPIVOT_ERROR_NO_LUN, lookup->refusal);
        case -EKEYREJECTED:
                return sd_bus_error_set(error, NPIVOT_ERROR_QUARANTINED, lookup->refusal);
        case -EBUSY:
        case -ENOTUNIQ:
                return sd_bus_error_set(error, NPIVOT_ERROR_AMBIGUOUS_LUN, lookup->refusal);
        default:
                return r;
        }
}

static int reply_paths(sd_bus_message *reply, const Path *const *paths, size_t n_paths) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', PATH_BUS_TYPE);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_paths; i++) {
                r = path_bus_append(reply, paths[i]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(reply);
}

static int reply_lookup(sd_bus_message *call, const Lookup *lookup) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        char link[PATH_BUS_LINK_MAX];
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "ss", path_bus_format_link(lookup->best, link),
                                  path_wwid(lookup->best));
        if (r < 0)
                return r;
        r = reply_paths(reply, lookup->paths, lookup->n_paths);
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

static const Path *find_path(const Manager *manager, const char *name) {
        const Inventory *inventory = manager->inventory;
        dev_t number;
        Hctl hctl;

        if (hctl_parse(name, &hctl) >= 0)
                return index_find_hctl(&inventory->index, &hctl);
        if (strncmp(name, "/dev/", strlen("/dev/")) != 0)
                return index_find_name(&inventory->index, name);
        if (disk_resolve(inventory->reader.root_fd, name + strlen("/dev/"), &number) < 0)
                return NULL;

        return index_find_devnum(&inventory->index, major(number), minor(number));
}

static int method_get_path(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Path *path;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        path = find_path(userdata, name);
        if (!path)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_PATH,
                                         "“%s” is not a disk behind a Fibre Channel port here: "
                                         "give a device node or a link below /dev, a kernel name "
                                         "or an H:C:T:L.",
                                         name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = path_bus_append(reply, path);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

static int reply_page(Manager *manager, sd_bus_message *call, const Filter *filter,
                      const PathKey *after, size_t max) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Path *paths[PAGE_MAX];
        Cursor next = "";
        bool more;
        size_t n;
        int r;

        /* So that the generation tells all that is in the page. */
        (void) manager_bus_tell(manager);

        n = filter_page(filter, &manager->inventory->index, after, paths, max, &more);
        if (more)
                (void) cursor_format(&paths[n - 1]->key, next);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = reply_paths(reply, paths, n);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "st", next, manager->generation);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

static int method_list_paths(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *cursor;
        Filter filter = { 0 };
        PathKey after;
        uint32_t max;
        int r;

        r = filter_bus_read(call, &filter, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read(call, "su", &cursor, &max);
        if (r < 0)
                return r;
        if (max == 0 || max > PAGE_MAX)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "A page has 1 to %u paths, not %" PRIu32 ".", PAGE_MAX,
                                         max);
        if (*cursor && cursor_parse(cursor, &after) < 0)
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_CURSOR,
                                        "The cursor is none that ListPaths has returned.");

        return reply_page(userdata, call, &filter, *cursor ? &after : NULL, max);
}

static int property_get_path_count(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error) {
        const Manager *manager = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) manager->inventory->index.n_paths);
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
                                method_list_paths, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Changed",
                                SD_BUS_ARGS("t", generation, "a(ss" PATH_BUS_TYPE ")", changes), 0),
        SD_BUS_PROPERTY("Generation", "t", NULL, offsetof(Manager, generation), 0),
        SD_BUS_PROPERTY("PathCount", "u", property_get_path_count, 0, 0),
        SD_BUS_PROPERTY("Version", "s", property_get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Manager *manager, sd_bus *bus, Inventory *inventory) {
        *manager = (Manager){ .bus = bus, .inventory = inventory };

        return sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, MANAGER_INTERFACE, manager_vtable,
                                        manager);
}

int manager_bus_tell(Manager *manager) {
        Inventory *inventory = manager->inventory;

        return changed_bus_send(&inventory->changes, &inventory->index, manager->bus,
                                &manager->generation);
}
