/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun watch: changes as lunwatch announces them, a line each, until interrupted. What may
 * have been missed, because lunwatch restarted or a signal was lost, is said on stderr.
 */

#include "cli/complain.h"
#include "cli/lun-path.h"
#include "cli/verbs.h"
#include "common/escape.h"

#include <inttypes.h>
#include <string.h>

typedef struct Watch {
        bool prints_json;
        bool is_absent;
        bool knows_generation;
        uint64_t generation;
        int error; /* of printing: nobody reads any more */
} Watch;

static int print_json(uint64_t generation, const char *kind, const char *cause,
                      const LunPath *path) {
        _cleanup_(json_freep) Json *json = json_new_object();

        json_set_number(json, "generation", generation);
        json_set_string(json, "change", kind);
        json_set_string(json, "cause", cause);
        json_set(json, "path", lun_path_to_json(path));
        return json_print_line(json);
}

static int print_text(const char *kind, const char *cause, const LunPath *path) {
        _cleanup_free_ char *line = NULL;

        if (asprintf(&line, "%-7s %-14s %s %s %5" PRIu64 " %s %s %s %s", kind, cause,
                     path->initiator, path->target, path->lun,
                     *path->wwid != '\0' ? path->wwid : "-", *path->node != '\0' ? path->node : "-",
                     path->state, path->target_state) < 0) {
                line = NULL;
                return -ENOMEM;
        }

        errno = 0;
        if (puts(escape_in_place(line)) < 0 || fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;

        return 0;
}

static int print_change(Watch *watch, sd_bus_message *signal) {
        _cleanup_(lun_path_done) LunPath path = { 0 };
        const char *kind, *cause;
        int r;

        r = sd_bus_message_enter_container(signal, 'r', "ss(" LUN_PATH_TYPE ")");
        if (r <= 0)
                return r;
        r = sd_bus_message_read(signal, "ss", &kind, &cause);
        if (r >= 0)
                r = lun_path_read(signal, &path);
        if (r >= 0)
                r = sd_bus_message_exit_container(signal);
        if (r < 0)
                return r;

        r = watch->prints_json ? print_json(watch->generation, kind, cause, &path)
                               : print_text(kind, cause, &path);
        if (r < 0) {
                watch->error = r;
                return r;
        }

        return 1;
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Watch *watch = userdata;
        uint64_t generation;
        int r;

        r = sd_bus_message_read(signal, "t", &generation);
        if (r < 0)
                return r;

        /* At or below: it was on its way while the generation was asked for. */
        if (watch->knows_generation && generation > watch->generation + 1)
                remark("Changes %" PRIu64 " to %" PRIu64 " are lost; npivot lun list shows all.",
                       watch->generation + 1, generation - 1);
        watch->knows_generation = true;
        watch->generation = generation;

        r = sd_bus_message_enter_container(signal, 'a', "(ss(" LUN_PATH_TYPE "))");
        while (r >= 0 && (r = print_change(watch, signal)) > 0)
                ;

        return r;
}

static int on_owner_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Watch *watch = userdata;
        const char *owner;
        int r;

        r = sd_bus_message_read(signal, "sss", NULL, NULL, &owner);
        if (r < 0)
                return r;

        watch->knows_generation = false;
        if (*owner == '\0') {
                watch->is_absent = true;
                remark("lunwatch has gone; waiting until it is back.");
        } else if (watch->is_absent) {
                watch->is_absent = false;
                remark("lunwatch is back; npivot lun list shows what changed in between.");
        }

        return 0;
}

static int subscribe(Client *client, Watch *watch) {
        int r;

        r = sd_bus_match_signal(client->bus, NULL, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                                "Changed", on_changed, watch);
        if (r < 0)
                return r;

        r = sd_bus_add_match(client->bus, NULL,
                             "type='signal',sender='org.freedesktop.DBus',"
                             "path='/org/freedesktop/DBus',"
                             "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                             "arg0='" LUNWATCH_NAME "'",
                             on_owner_changed, watch);
        return r < 0 ? r : 0;
}

/* Asked for after the subscription, so that nothing falls between; also starts lunwatch. */
static int get_generation(Client *client, Watch *watch) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_get_property_trivial(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                                        "Generation", &error, 't', &watch->generation);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot watch the paths");

        watch->knows_generation = true;
        return 0;
}

int verb_lun_watch(Client *client) {
        /* Outlives the connection, whose matches point to it. */
        static Watch watch;
        int r;

        watch.prints_json = options_have(client->options, OPTION_JSON);
        r = client_connect(client);
        if (r == 0)
                r = subscribe(client, &watch);
        if (r == 0)
                r = get_generation(client, &watch);
        if (r != 0)
                return r;

        while (watch.error == 0) {
                r = sd_bus_process(client->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(client->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return client_refused(client, &SD_BUS_ERROR_NULL, r,
                                              "Cannot watch the paths any longer");
        }

        return watch.error;
}
