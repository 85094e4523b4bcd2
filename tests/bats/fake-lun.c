/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake.h"

#include "common/bus-error.h"
#include "common/cleanup.h"

#include <signal.h>
#include <string.h>

#define ROOT "/org/npivot/lunwatch1"
#define MANAGER "org.npivot.lunwatch1.Manager"
#define PATH_TYPE "sssssstssssssutbsas"

/* How many are sent a page, so that a short table is more than one. */
#define PAGE_SIZE 2

typedef struct FakePath {
        const char *hctl, *initiator, *initiator_node, *target;
        uint64_t lun;
        const char *wwid, *node, *state, *target_state;
        uint64_t size;
        bool is_vhba;
        const char *links[3];
} FakePath;

#define VHBA .initiator = "2101001b32a90002", .initiator_node = "2001001b32a9da4e", .is_vhba = true
#define LINK "/dev/disk/by-vhba/2101001b32a90002-"

static FakePath paths[] = {
        {
                VHBA,
                .hctl = "7:0:0:0",
                .target = "500a098012345678",
                .wwid = "naa.60014050000000100000004000800000",
                .node = "/dev/sdb",
                .state = "running",
                .target_state = "Online",
                .size = UINT64_C(21474836480),
                .links = { LINK "500a098012345678-lun-0",
                           "/dev/disk/by-id/wwn-0x6001405000000010" },
        },
        {
                VHBA,
                .hctl = "7:0:1:0",
                .target = "500a098012345679",
                .wwid = "naa.60014050000000100000004000800000",
                .node = "/dev/sdc",
                .state = "running",
                .target_state = "Blocked",
                .size = UINT64_C(21474836480),
                .links = { LINK "500a098012345679-lun-0" },
        },
        {
                VHBA,
                .hctl = "7:0:0:3",
                .target = "500a098012345678",
                .lun = 3,
                .wwid = "naa.60014050000000100000004000800003",
                .node = "/dev/sdd",
                .state = "running",
                .target_state = "Online",
                .size = UINT64_C(1649267441664),
                .links = { LINK "500a098012345678-lun-3" },
        },
        {
                .hctl = "5:0:0:18446744073709551615",
                .initiator = "21000024ff1a2b3c",
                .initiator_node = "20000024ff1a2b3c",
                .target = "500a098012345678",
                .lun = UINT64_MAX,
                .wwid = "",
                .node = "",
                .state = "offline",
                .target_state = "Online",
        },
};

static uint64_t generation = 41;

static int append_path(sd_bus_message *message, const FakePath *path) {
        int r;

        r = sd_bus_message_open_container(message, 'r', PATH_TYPE);
        if (r >= 0)
                r = sd_bus_message_append(message, "sssssstssssssutbs", path->hctl, "fc",
                                          path->initiator, path->initiator_node, "21000024ff1a2b3c",
                                          path->target, path->lun, path->wwid, path->node, "",
                                          path->state, path->target_state, "", UINT32_MAX,
                                          path->size, (int) path->is_vhba, "");
        if (r >= 0)
                r = sd_bus_message_append_strv(message, (char **) path->links);
        if (r >= 0)
                r = sd_bus_message_close_container(message);

        return r;
}

typedef struct Filter {
        const char *initiator, *target, *wwid;
        int vhba;
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
        return (!filter->initiator || strcmp(filter->initiator, path->initiator) == 0) &&
               (!filter->target || strcmp(filter->target, path->target) == 0) &&
               (!filter->wwid || strcmp(filter->wwid, path->wwid) == 0) &&
               (!filter->vhba || path->is_vhba);
}

static int method_list_paths(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Filter filter = { 0 };
        size_t n = 0, i;
        const char *cursor;
        uint32_t max;
        char next[8] = "";
        int r;

        r = read_filter(call, &filter);
        if (r == -EINVAL)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER, "Not a filter.");
        if (r >= 0)
                r = sd_bus_message_read(call, "su", &cursor, &max);
        if (r >= 0)
                r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(" PATH_TYPE ")");
        for (i = (size_t) atoi(cursor); r >= 0 && i < ARRAY_LEN(paths) && n < PAGE_SIZE; i++)
                if (passes(paths + i, &filter)) {
                        r = append_path(reply, paths + i);
                        n++;
                }
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (i < ARRAY_LEN(paths))
                (void) snprintf(next, sizeof next, "%zu", i);
        if (r >= 0)
                r = sd_bus_message_append(reply, "st", next, generation);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_get_path(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ARRAY_LEN(paths); i++)
                if (strcmp(name, paths[i].node) == 0 || strcmp(name, paths[i].hctl) == 0) {
                        r = sd_bus_message_new_method_return(call, &reply);
                        if (r >= 0)
                                r = append_path(reply, paths + i);
                        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
                }

        return sd_bus_error_setf(error, NPIVOT_ERROR_NO_SUCH_PATH, "%s is no path to a LUN.", name);
}

static int method_lookup(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *initiator, *wwnn, *lun;
        int r;

        r = sd_bus_message_read(call, "sss", &initiator, &wwnn, &lun);
        if (r < 0)
                return r;

        printf("Lookup %s wwnn=%s lun=%s\n", initiator, wwnn, lun);
        if (strcmp(initiator, paths[0].initiator) != 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN, "No initiator %s.", initiator);
        if (*lun == '\0')
                return sd_bus_error_setf(error, NPIVOT_ERROR_AMBIGUOUS_LUN,
                                         "There are several: 0, 3.");
        if (strcmp(lun, "0") != 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NO_LUN, "No LUN %s.", lun);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "ss", paths[0].links[0], paths[0].wwid);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(" PATH_TYPE ")");
        for (size_t i = 0; r >= 0 && i < 2; i++)
                r = append_path(reply, paths + i);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int emit_changed(Fake *fake) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        static const char *const kinds[] = { "removed", "added" };
        static const char *const causes[] = { "port-lost", "new" };
        int r;

        r = sd_bus_message_new_signal(fake->bus, &signal, ROOT, MANAGER, "Changed");
        if (r >= 0)
                r = sd_bus_message_append(signal, "t", ++generation);
        if (r >= 0)
                r = sd_bus_message_open_container(signal, 'a', "(ss(" PATH_TYPE "))");
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(kinds); i++) {
                r = sd_bus_message_open_container(signal, 'r', "ss(" PATH_TYPE ")");
                if (r >= 0)
                        r = sd_bus_message_append(signal, "ss", kinds[i], causes[i]);
                if (r >= 0)
                        r = append_path(signal, paths + i);
                if (r >= 0)
                        r = sd_bus_message_close_container(signal);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(signal);

        return r < 0 ? r : sd_bus_send(fake->bus, signal, NULL);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Fake *fake = userdata;

        if (info->ssi_signo == SIGUSR2)
                generation += 2;

        return emit_changed(fake);
}

/* Asking for it is how `npivot lun watch` shows that it listens. */
static int property_get_generation(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error) {
        puts("Generation");
        return sd_bus_message_append(reply, "t", generation);
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Lookup", "sss", "ssa(" PATH_TYPE ")", method_lookup,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetPath", "s", "(" PATH_TYPE ")", method_get_path,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListPaths", "a{sv}su", "a(" PATH_TYPE ")st", method_list_paths,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("Changed", "ta(ss(" PATH_TYPE "))", 0),
        SD_BUS_PROPERTY("Generation", "t", property_get_generation, 0, 0),
        SD_BUS_VTABLE_END,
};

int fake_lun_serve(Fake *fake) {
        int r;

        if (fake->is_hostile)
                for (size_t i = 0; i < ARRAY_LEN(paths); i++)
                        paths[i].wwid = paths[i].state = FAKE_HOSTILE;

        r = sd_event_add_signal(fake->event, NULL, SIGUSR1, on_signal, fake);
        if (r >= 0)
                r = sd_event_add_signal(fake->event, NULL, SIGUSR2, on_signal, fake);
        if (r < 0)
                return r;

        return sd_bus_add_object_vtable(fake->bus, NULL, ROOT, MANAGER, manager_vtable, fake);
}
