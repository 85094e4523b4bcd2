/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/systemd.h"
#include "common/cleanup.h"
#include "common/log.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

#define BUS_ERROR_NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"

typedef struct Query {
        Wwn wwpn;
        bool properties;
        TAILQ_ENTRY(Query) link;
} Query;

struct Systemd {
        sd_bus *bus;
        const SystemdListener *listener;
        void *userdata;
        sd_bus_slot *matches[5];
        sd_bus_slot *subscribe_slot;
        bool is_there;
        /* One query at a time: PID 1 has other things to do. */
        TAILQ_HEAD(, Query) queries;
        Query *asked;
        sd_bus_slot *query_slot;
};

static int next_query(Systemd *systemd);

static int on_properties(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        const char *interface;
        Unit *unit;
        Wwn wwpn;
        int r;

        if (unit_path_parse(sd_bus_message_get_path(signal), &wwpn) < 0)
                return 0;
        unit = systemd->listener->find_unit(wwpn, systemd->userdata);
        if (!unit)
                return 0;

        r = sd_bus_message_read(signal, "s", &interface);
        if (r >= 0)
                r = unit_read_properties(unit, signal);
        if (r < 0) {
                log_warning_errno(r, "Cannot read the state of vhba@%s.service: %m", WWN_STR(wwpn));
                return 0;
        }
        if (r > 0)
                systemd->listener->unit_changed(wwpn, systemd->userdata);
        if (r > 0 && unit_needs_stop_status(unit))
                (void) systemd_ask(systemd, wwpn, true);
        return 0;
}

static int on_unit_files_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;

        systemd->listener->outdated(false, systemd->userdata);
        return 0;
}

/* Also after a reload of our own: files edited by hand take effect with it, whoever asked for it.
 */
static int on_reloading(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        int begins, r;

        r = sd_bus_message_read(signal, "b", &begins);
        if (r >= 0 && !begins)
                systemd->listener->outdated(false, systemd->userdata);
        return 0;
}

static int on_job_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        const char *name, *path, *result;
        uint32_t id;
        Unit *unit;
        Wwn wwpn;
        int r;

        r = sd_bus_message_read(signal, "uoss", &id, &path, &name, &result);
        if (r < 0)
                return 0;
        systemd->listener->job_removed(path, systemd->userdata);
        if (unit_name_parse(name, &wwpn) < 0)
                return 0;
        unit = systemd->listener->find_unit(wwpn, systemd->userdata);
        if (unit && unit_set_job_result(unit, result) > 0)
                systemd->listener->unit_changed(wwpn, systemd->userdata);
        return 0;
}

static int on_subscribed(sd_bus_message *answer, void *userdata, sd_bus_error *error) {
        const sd_bus_error *refusal = sd_bus_message_get_error(answer);
        Systemd *systemd = userdata;

        systemd->subscribe_slot = sd_bus_slot_unref(systemd->subscribe_slot);
        /* "Already subscribed" is what a restart of ours may meet. */
        systemd->is_there = !sd_bus_error_has_names(refusal, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                                    SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                                                    SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT);
        if (!systemd->is_there)
                log_info("systemd is not on this bus: units are not followed for now.");
        else
                systemd->listener->outdated(true, systemd->userdata);
        return 0;
}

static int subscribe(Systemd *systemd) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(systemd->bus, &call, SYSTEMD_NAME, SYSTEMD_PATH,
                                           SYSTEMD_MANAGER, "Subscribe");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(call, false);
        if (r < 0)
                return r;

        systemd->subscribe_slot = sd_bus_slot_unref(systemd->subscribe_slot);
        return sd_bus_call_async(systemd->bus, &systemd->subscribe_slot, call, on_subscribed,
                                 systemd, 0);
}

static int on_owner_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        const char *name, *old, *new;
        int r;

        r = sd_bus_message_read(signal, "sss", &name, &old, &new);
        if (r < 0)
                return 0;
        systemd->is_there = false;
        if (!*new)
                return 0;

        r = subscribe(systemd);
        if (r < 0)
                log_warning_errno(r, "Cannot follow systemd after its restart: %m");
        return 0;
}

static int add_matches(Systemd *systemd) {
        /* clang-format off */
        static const struct {
                const char *rule;
                sd_bus_message_handler_t handler;
        } matches[] = {
                { "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                  "arg0='" SYSTEMD_NAME "'", on_owner_changed },
                { "type='signal',sender='" SYSTEMD_NAME "',interface='" SYSTEMD_MANAGER "',"
                  "member='UnitFilesChanged'", on_unit_files_changed },
                { "type='signal',sender='" SYSTEMD_NAME "',interface='" SYSTEMD_MANAGER "',"
                  "member='Reloading'", on_reloading },
                { "type='signal',sender='" SYSTEMD_NAME "',interface='" SYSTEMD_MANAGER "',"
                  "member='JobRemoved'", on_job_removed },
                { "type='signal',sender='" SYSTEMD_NAME "',"
                  "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
                  "path_namespace='" SYSTEMD_PATH "/unit'", on_properties },
        };
        /* clang-format on */
        int r;

        static_assert(ARRAY_LEN(matches) == ARRAY_LEN(systemd->matches), "one slot for each");
        for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
                r = sd_bus_add_match_async(systemd->bus, &systemd->matches[i], matches[i].rule,
                                           matches[i].handler, NULL, systemd);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void finish_query(Systemd *systemd) {
        systemd->query_slot = sd_bus_slot_unref(systemd->query_slot);
        free(systemd->asked);
        systemd->asked = NULL;

        while (!systemd->asked && !TAILQ_EMPTY(&systemd->queries))
                if (next_query(systemd) < 0)
                        log_warning("Cannot ask systemd for the state of a unit.");
}

static int on_file_state(sd_bus_message *answer, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        Wwn wwpn = systemd->asked->wwpn;
        const char *state = NULL;
        Unit *unit;

        /* Without a template there is no unit file, and so no state; no answer is no news. */
        if (!sd_bus_message_is_method_error(answer, NULL))
                (void) sd_bus_message_read(answer, "s", &state);
        else if (sd_bus_error_has_names(sd_bus_message_get_error(answer),
                                        SD_BUS_ERROR_FILE_NOT_FOUND, BUS_ERROR_NO_SUCH_UNIT))
                state = "";

        unit = systemd->listener->find_unit(wwpn, systemd->userdata);
        if (unit && state && unit_set_file_state(unit, state) > 0)
                systemd->listener->unit_changed(wwpn, systemd->userdata);
        finish_query(systemd);
        return 0;
}

static int on_all_properties(sd_bus_message *answer, void *userdata, sd_bus_error *error) {
        Systemd *systemd = userdata;
        Wwn wwpn = systemd->asked->wwpn;
        Unit *unit;
        int r = 0;

        unit = systemd->listener->find_unit(wwpn, systemd->userdata);
        if (unit && !sd_bus_message_is_method_error(answer, NULL))
                r = unit_read_properties(unit, answer);
        if (r < 0)
                log_warning_errno(r, "Cannot read the state of vhba@%s.service: %m", WWN_STR(wwpn));
        if (r > 0)
                systemd->listener->unit_changed(wwpn, systemd->userdata);
        finish_query(systemd);
        return 0;
}

static int ask_file_state(Systemd *systemd, Wwn wwpn) {
        UnitName name;

        return sd_bus_call_method_async(systemd->bus, &systemd->query_slot, SYSTEMD_NAME,
                                        SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnitFileState",
                                        on_file_state, systemd, "s", unit_name(wwpn, name));
}

/* No interface means all of them: Unit has the state, Service the reason. */
static int ask_properties(Systemd *systemd, Wwn wwpn) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = unit_path(wwpn, &path);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(systemd->bus, &systemd->query_slot, SYSTEMD_NAME, path,
                                        "org.freedesktop.DBus.Properties", "GetAll",
                                        on_all_properties, systemd, "s", "");
}

static int next_query(Systemd *systemd) {
        Query *query = TAILQ_FIRST(&systemd->queries);
        Unit *unit;
        int r;

        TAILQ_REMOVE(&systemd->queries, query, link);
        systemd->asked = query;

        unit = systemd->listener->find_unit(query->wwpn, systemd->userdata);
        if (unit && query->properties)
                unit->properties_wanted = false;
        else if (unit)
                unit->file_state_wanted = false;

        if (!unit)
                r = 0;
        else if (query->properties)
                r = ask_properties(systemd, query->wwpn);
        else
                r = ask_file_state(systemd, query->wwpn);
        if (r < 0 || !unit) {
                free(query);
                systemd->asked = NULL;
        }
        return r;
}

static int enqueue(Systemd *systemd, Wwn wwpn, bool properties, bool *wanted) {
        Query *query;

        if (*wanted)
                return 0;

        query = malloc(sizeof *query);
        if (!query)
                return -ENOMEM;
        *query = (Query){ .wwpn = wwpn, .properties = properties };
        TAILQ_INSERT_TAIL(&systemd->queries, query, link);
        *wanted = true;
        return 0;
}

int systemd_ask(Systemd *systemd, Wwn wwpn, bool properties) {
        Unit *unit = systemd->listener->find_unit(wwpn, systemd->userdata);
        int r;

        if (!unit || !systemd->is_there)
                return 0;

        if (properties) {
                r = enqueue(systemd, wwpn, true, &unit->properties_wanted);
                if (r < 0)
                        return r;
        }
        r = enqueue(systemd, wwpn, false, &unit->file_state_wanted);
        if (r < 0)
                return r;

        if (!systemd->asked)
                finish_query(systemd);
        return 0;
}

bool systemd_is_settled(const Systemd *systemd) {
        return !systemd->subscribe_slot && !systemd->asked && TAILQ_EMPTY(&systemd->queries);
}

int systemd_new(sd_bus *bus, const SystemdListener *listener, void *userdata, Systemd **ret) {
        _cleanup_(systemd_freep) Systemd *systemd = NULL;
        int r;

        systemd = calloc(1, sizeof *systemd);
        if (!systemd)
                return -ENOMEM;
        *systemd = (Systemd){
                .bus = sd_bus_ref(bus),
                .listener = listener,
                .userdata = userdata,
        };
        TAILQ_INIT(&systemd->queries);

        r = add_matches(systemd);
        if (r < 0)
                return r;
        r = subscribe(systemd);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(systemd);
        return 0;
}

Systemd *systemd_free(Systemd *systemd) {
        Query *query;

        if (!systemd)
                return NULL;

        for (size_t i = 0; i < ARRAY_LEN(systemd->matches); i++)
                sd_bus_slot_unref(systemd->matches[i]);
        sd_bus_slot_unref(systemd->subscribe_slot);
        sd_bus_slot_unref(systemd->query_slot);
        while ((query = TAILQ_FIRST(&systemd->queries))) {
                TAILQ_REMOVE(&systemd->queries, query, link);
                free(query);
        }
        free(systemd->asked);
        sd_bus_unref(systemd->bus);
        free(systemd);
        return NULL;
}
