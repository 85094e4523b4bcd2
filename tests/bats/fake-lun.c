/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include "common/bus-error.h"

#include <signal.h>
#include <string.h>

#define MANAGER "org.npivot.lunwatch1.Manager"
#define LUN_TYPE "stuusss"

/* How many are sent a page, so that a short table is more than one. */
#define PAGE_SIZE 2

static uint64_t generation = 41;

typedef struct Filter {
        const char *initiator, *target, *wwid, *transport;
        int vhba, quarantined;
} Filter;

static int read_filter(sd_bus_message *call, Filter *filter) {
        const char *key;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &key);
                if (r < 0)
                        return r;
                if (strcmp(key, "Initiator") == 0)
                        r = sd_bus_message_read(call, "v", "s", &filter->initiator);
                else if (strcmp(key, "Target") == 0)
                        r = sd_bus_message_read(call, "v", "s", &filter->target);
                else if (strcmp(key, "Wwid") == 0)
                        r = sd_bus_message_read(call, "v", "s", &filter->wwid);
                else if (strcmp(key, "Vhba") == 0)
                        r = sd_bus_message_read(call, "v", "b", &filter->vhba);
                else if (strcmp(key, "Transport") == 0)
                        r = sd_bus_message_read(call, "v", "s", &filter->transport);
                else if (strcmp(key, "Quarantined") == 0)
                        r = sd_bus_message_read(call, "v", "b", &filter->quarantined);
                else
                        r = -EINVAL;
                if (r >= 0)
                        r = sd_bus_message_exit_container(call);
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(call);
}

static bool passes(const FakePath *path, const Filter *filter) {
        return !path->is_gone &&
               (!filter->initiator || strcmp(filter->initiator, path->initiator) == 0) &&
               (!filter->target || strcmp(filter->target, path->target) == 0) &&
               (!filter->wwid || strcmp(filter->wwid, path->wwid) == 0) &&
               (!filter->vhba || path->is_vhba) && (!filter->quarantined || path->quarantine);
}

static int method_list_paths(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Filter filter = { 0 };
        size_t n = 0, i;
        const char *cursor;
        uint32_t max;
        char next[24] = "";
        int r;

        r = read_filter(call, &filter);
        if (r == -EINVAL)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER, "Not a filter.");
        if (filter.transport || filter.quarantined)
                printf("ListPaths Transport=%s Quarantined=%d\n",
                       filter.transport ? filter.transport : "", filter.quarantined);
        if (r >= 0)
                r = sd_bus_message_read(call, "su", &cursor, &max);
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(" PATH_TYPE ")");
        for (i = (size_t) atoi(cursor); r >= 0 && i < fake_n_paths && n < PAGE_SIZE; i++)
                if (passes(fake_paths + i, &filter)) {
                        r = fake_path_append(reply, fake_paths + i);
                        n++;
                }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (i < fake_n_paths)
                (void) snprintf(next, sizeof next, "%zu", i);
        if (r >= 0)
                r = sd_bus_message_append(reply, "st", next, generation);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_get_path(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const FakePath *path;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        path = fake_path_find(name);
        if (!path)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_PATH,
                                         "%s is no path to a LUN.", name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = fake_path_append(reply, path);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int append_lun(sd_bus_message *message, const FakePath *path) {
        uint32_t n = 0, n_usable = 0;
        bool is_mapped = fake_path_is_mapped(path);

        for (size_t i = 0; i < fake_n_paths; i++)
                if (!fake_paths[i].is_gone && strcmp(fake_paths[i].wwid, path->wwid) == 0) {
                        n++;
                        n_usable += strcmp(fake_paths[i].target_state, "Online") == 0;
                }

        return sd_bus_message_append(message, "(" LUN_TYPE ")", path->wwid, path->size, n, n_usable,
                                     is_mapped ? "mpatha" : "",
                                     is_mapped ? "/dev/disk/by-id/dm-uuid-mpath-36001405000000010"
                                               : path->links[0],
                                     path->quarantine ? path->quarantine : "");
}

static int method_get_lun(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const FakePath *path;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        path = fake_path_find(name);
        if (strcmp(name, FAKE_WWID) == 0 || strcmp(name, "mpatha") == 0)
                path = fake_paths;
        if (!path || *path->wwid == '\0')
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_OBJECT, "%s is no LUN.", name);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_lun(reply, path);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_list_luns(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(" LUN_TYPE ")");
        for (size_t i = 0; r >= 0 && i < fake_n_paths; i++)
                if (!fake_paths[i].is_gone && i != 1 && *fake_paths[i].wwid != '\0')
                        r = append_lun(reply, fake_paths + i);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "st", "", generation);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_list_names(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *source, *directory, *link = fake_paths[0].links[0];
        int r;

        r = sd_bus_message_read(call, "ss", &source, &directory);
        if (r < 0)
                return r;

        printf("ListNames source=%s directory=%s\n", source, directory);
        if (strcmp(directory, "/dev/mapper") == 0)
                return sd_bus_reply_method_return(call, "a(ssst)s", 1, "/dev/mapper/mpatha",
                                                  FAKE_WWID, "/dev/dm-3", fake_paths[0].size, "");
        return sd_bus_reply_method_return(call, "a(ssst)s", 2, link, FAKE_WWID, "/dev/sdb",
                                          fake_paths[0].size, fake_paths[1].links[0], FAKE_WWID,
                                          "/dev/sdc", fake_paths[1].size, "");
}

static int method_lookup(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *initiator, *wwnn, *lun;
        int r;

        r = sd_bus_message_read(call, "sss", &initiator, &wwnn, &lun);
        if (r < 0)
                return r;

        printf("Lookup %s wwnn=%s lun=%s\n", initiator, wwnn, lun);
        if (strcmp(initiator, fake_paths[0].initiator) != 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN, "No initiator %s.", initiator);
        if (*lun == '\0')
                return sd_bus_error_setf(error, NPIVOT_ERROR_AMBIGUOUS_LUN,
                                         "There are several: 0, 3.");
        if (strcmp(lun, "9") == 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_QUARANTINED,
                                         "/dev/sde is quarantined: its WWID has changed.");
        if (strcmp(lun, "0") != 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN, "No LUN %s.", lun);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "ss", fake_paths[0].links[0], fake_paths[0].wwid);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(" PATH_TYPE ")");
        for (size_t i = 0; r >= 0 && i < 2; i++)
                r = fake_path_append(reply, fake_paths + i);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

typedef struct FakeChange {
        const char *kind, *cause;
        FakePath *path;
} FakeChange;

static int emit_changed(Fake *fake, const FakeChange *changes, size_t n) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        int r;

        r = sd_bus_message_new_signal(fake->bus, &signal, LUNWATCH_ROOT, MANAGER, "Changed");
        if (r >= 0)
                r = sd_bus_message_append(signal, "t", ++generation);
        if (r >= 0)
                r = sd_bus_message_open_container(signal, 'a', "(ss(" PATH_TYPE "))");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                r = sd_bus_message_open_container(signal, 'r', "ss(" PATH_TYPE ")");
                if (r >= 0)
                        r = sd_bus_message_append(signal, "ss", changes[i].kind, changes[i].cause);
                if (r >= 0)
                        r = fake_path_append(signal, changes[i].path);
                if (r >= 0)
                        r = sd_bus_message_close_container(signal);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(signal);

        return r < 0 ? r : sd_bus_send(fake->bus, signal, NULL);
}

static int lose_a_path(Fake *fake) {
        const FakeChange changes[] = {
                { "removed", "port-lost", fake_paths },
                { "changed", "port-state", fake_paths + 1 },
        };
        int r;

        fake_paths[0].is_gone = true;
        fake_paths[1].target_state = "Online";
        r = emit_changed(fake, changes, ARRAY_LEN(changes));
        if (r >= 0)
                r = fake_map_emit(fake);
        return r < 0 ? r : fake_guard_emit(fake);
}

/* Two signals go missing; what they told is in the list. */
static int lose_signals(Fake *fake) {
        const FakeChange back = { "added", "new", fake_paths };

        generation += 2;
        fake_paths[0].is_gone = false;
        fake_paths[2].size *= 2;
        return emit_changed(fake, &back, 1);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        return info->ssi_signo == SIGUSR1 ? lose_a_path(userdata) : lose_signals(userdata);
}

static int property_get_path_count(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error) {
        return sd_bus_message_append(reply, "u", (uint32_t) fake_n_paths);
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Lookup", "sss", "ssa(" PATH_TYPE ")", method_lookup,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetPath", "s", "(" PATH_TYPE ")", method_get_path,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetLun", "s", "(" LUN_TYPE ")", method_get_lun, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListLuns", "a{sv}su", "a(" LUN_TYPE ")st", method_list_luns,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListNames", "sssu", "a(ssst)s", method_list_names,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListPaths", "a{sv}su", "a(" PATH_TYPE ")st", method_list_paths,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("Changed", "ta(ss(" PATH_TYPE "))", 0),
        SD_BUS_PROPERTY("PathCount", "u", property_get_path_count, 0, 0),
        SD_BUS_VTABLE_END,
};

int fake_lun_serve(Fake *fake) {
        int r;

        fake_paths[fake_n_paths - 1].is_gone = !fake->is_troubled;
        if (fake->is_hostile)
                for (size_t i = 0; i < fake_n_paths; i++)
                        fake_paths[i].wwid = fake_paths[i].state = FAKE_HOSTILE;

        r = sd_event_add_signal(fake->event, NULL, SIGUSR1, on_signal, fake);
        if (r >= 0)
                r = sd_event_add_signal(fake->event, NULL, SIGUSR2, on_signal, fake);
        if (r >= 0)
                r = sd_bus_add_object_vtable(fake->bus, NULL, LUNWATCH_ROOT, MANAGER,
                                             manager_vtable, fake);
        if (r >= 0)
                r = fake_map_serve(fake);
        if (r >= 0)
                r = fake_usage_serve(fake);
        if (r >= 0)
                r = fake_guard_serve(fake);
        return r < 0 ? r : fake_job_serve(fake);
}
