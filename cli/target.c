/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/target.h"

#include "cli/properties.h"
#include "cli/string-list.h"

#include <string.h>

#define PROPERTY(name, type, member) \
        { name, type, offsetof(Target, member), NULL }

static int read_disk(sd_bus_message *reply, Target *target) {
        const char *name, *path, *format, *node;
        uint64_t size_bytes;
        TargetDisk *disks;
        int r, is_created;

        r = sd_bus_message_read(reply, "(ssstbs)", &name, &path, &format, &size_bytes, &is_created,
                                &node);
        if (r <= 0)
                return r;
        disks = grow(target->disks, target->n_disks, sizeof *disks);
        if (!disks)
                return -ENOMEM;
        target->disks = disks;
        disks += target->n_disks++;
        *disks = (TargetDisk){ strdup(name), strdup(path), strdup(format),
                               strdup(node), size_bytes,   is_created };

        return disks->name && disks->path && disks->format && disks->node ? 1 : -ENOMEM;
}

static int read_disks(sd_bus_message *reply, void *ret) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssstbs)");
        while (r >= 0 && (r = read_disk(reply, ret)) > 0)
                ;

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

/* clang-format off */
static const Property properties[] = {
        PROPERTY("Id", "s", id),
        PROPERTY("State", "s", state),
        PROPERTY("Message", "s", message),
        PROPERTY("Address", "s", address),
        PROPERTY("Monitor", "s", monitor),
        PROPERTY("Owner", "u", owner),
        PROPERTY("Started", "t", started_usec),
        { "Disks", "a(ssstbs)", 0, read_disks },
};
/* clang-format on */

void target_done(Target *target) {
        for (size_t i = 0; i < target->n_disks; i++) {
                free(target->disks[i].name);
                free(target->disks[i].path);
                free(target->disks[i].format);
                free(target->disks[i].node);
        }
        free(target->disks);
        properties_done(properties, ARRAY_LEN(properties), target);
        *target = (Target){ 0 };
}

void target_list_done(TargetList *list) {
        for (size_t i = 0; i < list->n_targets; i++)
                target_done(list->targets + i);
        free(list->targets);
        *list = (TargetList){ 0 };
}

void connection_list_done(ConnectionList *list) {
        for (size_t i = 0; i < list->n_connections; i++) {
                free(list->connections[i].name);
                if (list->connections[i].key)
                        explicit_bzero(list->connections[i].key, strlen(list->connections[i].key));
                free(list->connections[i].key);
        }
        free(list->connections);
        *list = (ConnectionList){ 0 };
}

static int read_interfaces(sd_bus_message *reply, Target *target) {
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(reply, "s", &interface);
                if (r >= 0 && strcmp(interface, MIRRORD_TARGET) == 0)
                        r = properties_read(reply, properties, ARRAY_LEN(properties), target);
                else if (r >= 0)
                        r = sd_bus_message_skip(reply, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        if (r >= 0)
                r = properties_complete(properties, ARRAY_LEN(properties), target);

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int read_object(sd_bus_message *reply, TargetList *list) {
        Target *targets;
        int r;

        targets = grow(list->targets, list->n_targets, sizeof *targets);
        if (!targets)
                return -ENOMEM;
        list->targets = targets;
        targets += list->n_targets++;
        *targets = (Target){ 0 };
        r = sd_bus_message_skip(reply, "o");
        if (r >= 0)
                r = read_interfaces(reply, targets);

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int compare(const void *a, const void *b) {
        return strverscmp(((const Target *) a)->id, ((const Target *) b)->id);
}

int target_list_load(Client *client, TargetList *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(target_list_done) TargetList list = { 0 };
        int r;

        r = sd_bus_call_method(client->bus, MIRRORD_NAME, MIRRORD_TARGETS,
                               "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &error,
                               &reply, "");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0)
                r = read_object(reply, &list);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot list the targets");
        if (list.n_targets > 0)
                qsort(list.targets, list.n_targets, sizeof *list.targets, compare);

        *ret = list;
        list = (TargetList){ 0 };
        return 0;
}

int target_query(Client *client, const char *object, Target *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(target_done) Target target = { 0 };
        int r;

        r = sd_bus_call_method(client->bus, MIRRORD_NAME, object, "org.freedesktop.DBus.Properties",
                               "GetAll", error, &reply, "s", MIRRORD_TARGET);
        if (r >= 0)
                r = properties_read(reply, properties, ARRAY_LEN(properties), &target);
        if (r >= 0)
                r = properties_complete(properties, ARRAY_LEN(properties), &target);
        if (r < 0)
                return r;

        *ret = target;
        target = (Target){ 0 };
        return 0;
}

int target_load(Client *client, const char *id, Target *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_free_ char *object = NULL;
        int r;

        r = mirrord_object(&mirrord_target, id, &object);
        if (r != 0)
                return r;
        r = target_query(client, object, ret, &error);
        return r < 0 ? mirrord_refused(client, &mirrord_target, &error, r, "show", id) : 0;
}

int target_exists(Client *client, const char *id) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(target_done) Target target = { 0 };
        _cleanup_free_ char *object = NULL;
        int r;

        r = mirrord_object(&mirrord_target, id, &object);
        if (r != 0)
                return r > 0 ? -r : r;
        r = target_query(client, object, &target, &error);
        if (r >= 0)
                return 1;
        if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
                return 0;

        return -mirrord_refused(client, &mirrord_target, &error, r, "look for", id);
}

static int read_connection(sd_bus_message *reply, ConnectionList *list) {
        uint16_t port, verify_port;
        const char *name, *key;
        Connection *all;
        int r;

        r = sd_bus_message_read(reply, "(sqqs)", &name, &port, &verify_port, &key);
        if (r <= 0)
                return r;
        all = grow(list->connections, list->n_connections, sizeof *all);
        if (!all)
                return -ENOMEM;
        list->connections = all;
        all += list->n_connections++;
        *all = (Connection){ strdup(name), strdup(key), port, verify_port };

        return all->name && all->key ? 1 : -ENOMEM;
}

int connection_list_load(Client *client, const char *id, ConnectionList *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(connection_list_done) ConnectionList list = { 0 };
        _cleanup_free_ char *object = NULL;
        int r;

        client->action = MIRRORD_ACTION;
        r = mirrord_object(&mirrord_target, id, &object);
        if (r != 0)
                return r;
        r = sd_bus_call_method(client->bus, MIRRORD_NAME, object, MIRRORD_TARGET, "Connections",
                               &error, &reply, "");
        if (r >= 0)
                r = sd_bus_message_sensitive(reply);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(sqqs)");
        while (r >= 0 && (r = read_connection(reply, &list)) > 0)
                ;
        if (r < 0)
                return mirrord_refused(client, &mirrord_target, &error, r,
                                       "tell the connections of", id);

        *ret = list;
        list = (ConnectionList){ 0 };
        return 0;
}

const TargetDisk *target_find_disk(const Target *target, const char *name, size_t length) {
        for (size_t i = 0; i < target->n_disks; i++)
                if (strlen(target->disks[i].name) == length &&
                    strncmp(target->disks[i].name, name, length) == 0)
                        return target->disks + i;

        return NULL;
}

bool target_is(const Target *target, const char *state) {
        return strcmp(target->state, state) == 0;
}

static Json *disk_to_json(const TargetDisk *disk) {
        Json *json = json_new_object();

        json_set_string(json, "name", disk->name);
        json_set_string(json, "path", disk->path);
        json_set_string(json, "format", disk->format);
        json_set_number(json, "size_bytes", disk->size_bytes);
        json_set_bool(json, "created", disk->is_created);
        json_set_string(json, "node", disk->node);
        return json;
}

Json *target_to_json(const Target *target) {
        Json *json = json_new_object(), *disks = json_new_array();

        json_set_string(json, "id", target->id);
        json_set_string(json, "state", target->state);
        json_set_string(json, "message", target->message);
        json_set_string(json, "address", target->address);
        json_set_string(json, "monitor", target->monitor);
        json_set_number(json, "owner", target->owner);
        json_set_number(json, "started_usec", target->started_usec);
        json_set(json, "disks", disks);
        for (size_t i = 0; i < target->n_disks; i++)
                json_append(disks, disk_to_json(target->disks + i));
        return json;
}
