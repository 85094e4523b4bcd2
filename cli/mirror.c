/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror.h"

#include "cli/complain.h"
#include "cli/properties.h"
#include "cli/string-list.h"

#include <string.h>

#define PROPERTY(name, type, member) \
        { name, type, offsetof(Mirror, member), NULL }

static int read_disk(sd_bus_message *reply, Mirror *mirror) {
        const char *name, *node, *state, *message;
        uint64_t n_done, n_total;
        MirrorDisk *disks;
        int r;

        r = sd_bus_message_read(reply, "(ssstts)", &name, &node, &state, &n_done, &n_total,
                                &message);
        if (r <= 0)
                return r;
        disks = grow(mirror->disks, mirror->n_disks, sizeof *disks);
        if (!disks)
                return -ENOMEM;
        mirror->disks = disks;
        disks += mirror->n_disks++;
        *disks = (MirrorDisk){ strdup(name),    strdup(node), strdup(state),
                               strdup(message), n_done,       n_total };

        return disks->name && disks->node && disks->state && disks->message ? 1 : -ENOMEM;
}

static int read_disks(sd_bus_message *reply, void *ret) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssstts)");
        while (r >= 0 && (r = read_disk(reply, ret)) > 0)
                ;

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

/* clang-format off */
static const Property properties[] = {
        PROPERTY("Id", "s", id),
        PROPERTY("Monitor", "s", monitor),
        PROPERTY("State", "s", state),
        PROPERTY("Message", "s", message),
        { "Disks", "a(ssstts)", 0, read_disks },
        PROPERTY("Done", "t", n_done),
        PROPERTY("Total", "t", n_total),
        PROPERTY("Rate", "t", rate),
        PROPERTY("DirtyRate", "t", dirty_rate),
        PROPERTY("Eta", "t", eta_usec),
        PROPERTY("Convergence", "s", convergence),
        PROPERTY("CopyMode", "s", copy_mode),
        PROPERTY("Paused", "b", paused),
        PROPERTY("Verification", "s", verification),
        PROPERTY("Retried", "u", n_retried),
        PROPERTY("Speed", "t", speed),
        PROPERTY("Owner", "u", owner),
        PROPERTY("Started", "t", started_usec),
};
/* clang-format on */

void mirror_done(Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++) {
                free(mirror->disks[i].name);
                free(mirror->disks[i].node);
                free(mirror->disks[i].state);
                free(mirror->disks[i].message);
        }
        free(mirror->disks);
        properties_done(properties, ARRAY_LEN(properties), mirror);
        *mirror = (Mirror){ 0 };
}

void mirror_list_done(MirrorList *list) {
        for (size_t i = 0; i < list->n_mirrors; i++)
                mirror_done(list->mirrors + i);
        free(list->mirrors);
        *list = (MirrorList){ 0 };
}

/* A mirrord that has no sums has the disks. */
static int complete(Mirror *mirror) {
        if (mirror->n_total == 0) {
                mirror->n_done = 0;
                for (size_t i = 0; i < mirror->n_disks; i++) {
                        mirror->n_done += mirror->disks[i].n_done;
                        mirror->n_total += mirror->disks[i].n_total;
                }
        }

        return properties_complete(properties, ARRAY_LEN(properties), mirror);
}

/* Of one object: the properties of the interfaces that it has. */
static int read_object(sd_bus_message *reply, MirrorList *list) {
        const char *interface;
        Mirror *mirrors;
        int r;

        mirrors = grow(list->mirrors, list->n_mirrors, sizeof *mirrors);
        if (!mirrors)
                return -ENOMEM;
        list->mirrors = mirrors;
        mirrors += list->n_mirrors++;
        *mirrors = (Mirror){ .eta_usec = UINT64_MAX };

        r = sd_bus_message_enter_container(reply, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(reply, "s", &interface);
                if (r >= 0 && strcmp(interface, MIRRORD_JOB) == 0)
                        r = properties_read(reply, properties, ARRAY_LEN(properties), mirrors);
                else if (r >= 0)
                        r = sd_bus_message_skip(reply, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        if (r >= 0)
                r = complete(mirrors);

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int read_objects(sd_bus_message *reply, MirrorList *list) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
                r = sd_bus_message_skip(reply, "o");
                if (r >= 0)
                        r = read_object(reply, list);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }

        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

/* Ids are numbers: 10 comes behind 9. */
static int compare(const void *a, const void *b) {
        const char *left = ((const Mirror *) a)->id, *right = ((const Mirror *) b)->id;
        size_t n = strlen(left), m = strlen(right);

        return n != m ? (n > m) - (n < m) : strcmp(left, right);
}

static int query(Client *client, MirrorList *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(mirror_list_done) MirrorList list = { 0 };
        int r;

        r = sd_bus_call_method(client->bus, MIRRORD_NAME, MIRRORD_JOBS,
                               "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", error,
                               &reply, "");
        if (r >= 0)
                r = read_objects(reply, &list);
        if (r < 0)
                return r;
        if (list.n_mirrors > 0)
                qsort(list.mirrors, list.n_mirrors, sizeof *list.mirrors, compare);

        *ret = list;
        list = (MirrorList){ 0 };
        return 0;
}

int mirror_list_load(Client *client, MirrorList *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = query(client, ret, &error);
        return r < 0 ? client_refused(client, &error, r, "Cannot list the mirrors") : 0;
}

int mirror_query(Client *client, const char *object, Mirror *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(mirror_done) Mirror mirror = { .eta_usec = UINT64_MAX };
        int r;

        r = sd_bus_call_method(client->bus, MIRRORD_NAME, object, "org.freedesktop.DBus.Properties",
                               "GetAll", error, &reply, "s", MIRRORD_JOB);
        if (r >= 0)
                r = properties_read(reply, properties, ARRAY_LEN(properties), &mirror);
        if (r >= 0)
                r = complete(&mirror);
        if (r < 0)
                return r;

        *ret = mirror;
        mirror = (Mirror){ 0 };
        return 0;
}

int mirror_load(Client *client, const char *id, Mirror *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_free_ char *object = NULL;
        int r;

        r = mirrord_object(&mirrord_job, id, &object);
        if (r != 0)
                return r;
        r = mirror_query(client, object, ret, &error);
        return r < 0 ? mirrord_refused(client, &mirrord_job, &error, r, "show", id) : 0;
}

bool mirror_is(const Mirror *mirror, const char *state) {
        return strcmp(mirror->state, state) == 0;
}

bool mirror_has_ended(const Mirror *mirror) {
        static const char *const ends[] = { "done", "failed", "cancelled" };

        for (size_t i = 0; i < ARRAY_LEN(ends); i++)
                if (strcmp(mirror->state, ends[i]) == 0)
                        return true;

        return false;
}

bool mirror_will_not_converge(const Mirror *mirror) {
        return !mirror_has_ended(mirror) && strcmp(mirror->convergence, "will-not-converge") == 0;
}

const char *mirror_convergence(const Mirror *mirror) {
        return mirror_has_ended(mirror) || strcmp(mirror->convergence, "unknown") == 0
                       ? ""
                       : mirror->convergence;
}

static Json *disk_to_json(const MirrorDisk *disk) {
        Json *json = json_new_object();

        json_set_string(json, "name", disk->name);
        json_set_string(json, "node", disk->node);
        json_set_string(json, "state", disk->state);
        json_set_number(json, "done_bytes", disk->n_done);
        json_set_number(json, "total_bytes", disk->n_total);
        json_set_string(json, "message", disk->message);
        return json;
}

Json *mirror_to_json(const Mirror *mirror) {
        Json *json = json_new_object(), *disks;

        json_set_string(json, "id", mirror->id);
        json_set_string(json, "state", mirror->state);
        json_set_string(json, "message", mirror->message);
        json_set_string(json, "monitor", mirror->monitor);
        json_set_number(json, "done_bytes", mirror->n_done);
        json_set_number(json, "total_bytes", mirror->n_total);
        json_set_number(json, "rate_bytes_per_second", mirror->rate);
        json_set_number(json, "dirty_rate_bytes_per_second", mirror->dirty_rate);
        if (mirror->eta_usec == UINT64_MAX)
                json_set(json, "eta_usec", NULL);
        else
                json_set_number(json, "eta_usec", mirror->eta_usec);
        json_set_string(json, "convergence", mirror->convergence);
        json_set_string(json, "copy_mode", mirror->copy_mode);
        json_set_bool(json, "paused", mirror->paused);
        json_set_string(json, "verification", mirror->verification);
        json_set_number(json, "retried", mirror->n_retried);
        json_set_number(json, "speed_bytes_per_second", mirror->speed);
        json_set_number(json, "owner", mirror->owner);
        json_set_number(json, "started_usec", mirror->started_usec);

        disks = json_new_array();
        json_set(json, "disks", disks);
        for (size_t i = 0; i < mirror->n_disks; i++)
                json_append(disks, disk_to_json(mirror->disks + i));
        return json;
}
