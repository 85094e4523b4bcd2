/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/unit.h"
#include "common/cleanup.h"
#include "common/escape.h"

#include <signal.h>
#include <string.h>

#define UNIT_PREFIX "vhba@"
#define UNIT_SUFFIX ".service"
#define PATH_PREFIX "/org/freedesktop/systemd1/unit"

void unit_init(Unit *unit) {
        *unit = (Unit){ .active_state = "inactive", .sub_state = "dead" };
}

void unit_done(Unit *unit) {
        free(unit->status_text);
        unit_init(unit);
}

const char *unit_name(Wwn wwpn, UnitName ret) {
        (void) snprintf(ret, sizeof(UnitName), UNIT_PREFIX "%s" UNIT_SUFFIX, WWN_STR(wwpn));
        return ret;
}

int unit_name_parse(const char *name, Wwn *ret) {
        UnitName printed;
        WwnString text;
        Wwn wwpn;
        int r;

        if (strlen(name) != UNIT_NAME_LEN)
                return -EINVAL;

        (void) snprintf(text, sizeof text, "%.*s", WWN_STRING_LEN, name + strlen(UNIT_PREFIX));
        r = wwn_parse(text, &wwpn);
        if (r < 0)
                return r;
        if (strcmp(unit_name(wwpn, printed), name) != 0)
                return -EINVAL;

        *ret = wwpn;
        return 0;
}

int unit_path(Wwn wwpn, char **ret) {
        UnitName name;

        return sd_bus_path_encode(PATH_PREFIX, unit_name(wwpn, name), ret);
}

int unit_path_parse(const char *path, Wwn *ret) {
        _cleanup_free_ char *name = NULL;
        int r;

        r = sd_bus_path_decode(path, PATH_PREFIX, &name);
        if (r < 0)
                return r;
        if (r == 0)
                return -EINVAL;
        return unit_name_parse(name, ret);
}

static int set_text(char *field, size_t size, const char *text) {
        char new[64];

        (void) snprintf(new, sizeof new < size ? sizeof new : size, "%s", text);
        if (strcmp(field, new) == 0)
                return 0;
        (void) strcpy(field, new);
        return 1;
}

static int read_text(sd_bus_message *message, char *field, size_t size) {
        const char *text;
        int r;

        r = sd_bus_message_read(message, "v", "s", &text);
        return r < 0 ? r : set_text(field, size, text);
}

static int read_number(sd_bus_message *message, int *number) {
        int r, value;

        r = sd_bus_message_read(message, "v", "i", &value);
        if (r < 0)
                return r;

        r = *number != value;
        *number = value;
        return r;
}

static int read_status_text(sd_bus_message *message, Unit *unit) {
        _cleanup_free_ char *copy = NULL;
        const char *text;
        int r;

        r = sd_bus_message_read(message, "v", "s", &text);
        if (r < 0)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        escape_in_place(copy);

        if (unit->status_text && strcmp(unit->status_text, copy) == 0)
                return 0;
        r = unit->status_text || *copy;
        free(unit->status_text);
        unit->status_text = TAKE_PTR(copy);
        return r;
}

/* Of all the commands only the last one that ran counts: PID 1 runs no further after a failure. */
static int read_stop_commands(sd_bus_message *message, Unit *unit) {
        int code = 0, r, status = 0;

        r = sd_bus_message_enter_container(message, 'v', "a(sasbttttuii)");
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'a', "(sasbttttuii)");
        if (r < 0)
                return r;

        for (;;) {
                int this_code, this_status;

                r = sd_bus_message_enter_container(message, 'r', "sasbttttuii");
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                r = sd_bus_message_skip(message, "sasbttttu");
                if (r < 0)
                        return r;
                r = sd_bus_message_read(message, "ii", &this_code, &this_status);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
                if (this_code == 0)
                        continue;
                code = this_code;
                status = this_status;
        }

        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        r = unit->stop_code != code || unit->stop_status != status;
        unit->stop_code = code;
        unit->stop_status = status;
        return r;
}

static int read_property(sd_bus_message *message, Unit *unit, const char *name) {
        int r;

        if (strcmp(name, "ActiveState") == 0)
                return read_text(message, unit->active_state, sizeof unit->active_state);
        if (strcmp(name, "SubState") == 0)
                return read_text(message, unit->sub_state, sizeof unit->sub_state);
        if (strcmp(name, "Result") == 0)
                return read_text(message, unit->result, sizeof unit->result);
        if (strcmp(name, "StatusText") == 0)
                return read_status_text(message, unit);
        if (strcmp(name, "ExecMainCode") == 0)
                return read_number(message, &unit->main_code);
        if (strcmp(name, "ExecMainStatus") == 0)
                return read_number(message, &unit->main_status);
        if (strcmp(name, "ExecStop") == 0)
                return read_stop_commands(message, unit);

        r = sd_bus_message_skip(message, "v");
        return r < 0 ? r : 0;
}

int unit_read_properties(Unit *unit, sd_bus_message *message) {
        bool changed = false;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                const char *name;

                r = sd_bus_message_read(message, "s", &name);
                if (r < 0)
                        return r;
                r = read_property(message, unit, name);
                if (r < 0)
                        return r;
                changed = changed || r > 0;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        if (strcmp(unit->active_state, "inactive") != 0)
                unit->job_result[0] = '\0';

        r = sd_bus_message_exit_container(message);
        return r < 0 ? r : changed;
}

int unit_set_job_result(Unit *unit, const char *result) {
        /* "done" and "failed" ran the unit, which tells more than its job. */
        bool ran = strcmp(result, "done") == 0 || strcmp(result, "failed") == 0 ||
                   strcmp(result, "canceled") == 0 || strcmp(result, "skipped") == 0;

        return set_text(unit->job_result, sizeof unit->job_result, ran ? "" : result);
}

int unit_set_file_state(Unit *unit, const char *state) {
        return set_text(unit->file_state, sizeof unit->file_state, state);
}

bool unit_is_running(const Unit *unit) {
        return strcmp(unit->active_state, "inactive") != 0 &&
               strcmp(unit->active_state, "failed") != 0;
}

bool unit_runs_stop(const Unit *unit) {
        return strcmp(unit->active_state, "active") == 0 ||
               strcmp(unit->active_state, "deactivating") == 0;
}

bool unit_is_failed(const Unit *unit) {
        return strcmp(unit->active_state, "failed") == 0 ||
               strcmp(unit->sub_state, "auto-restart") == 0;
}

bool unit_is_enabled(const Unit *unit) {
        return strcmp(unit->file_state, "enabled") == 0;
}

static bool start_failed(const Unit *unit) {
        return unit->main_code != 0 && (unit->main_code != CLD_EXITED || unit->main_status != 0);
}

bool unit_needs_stop_status(const Unit *unit) {
        return unit_is_failed(unit) && !start_failed(unit);
}

Cause unit_cause(const Unit *unit) {
        if (!unit_is_failed(unit))
                /* It is bound to its HBA and to nothing else that may be missing. */
                return strcmp(unit->job_result, "dependency") == 0 ? CAUSE_NO_PARENT
                       : *unit->job_result                         ? CAUSE_UNEXPECTED
                                                                   : CAUSE_NONE;

        if (start_failed(unit))
                return unit->main_code == CLD_EXITED ? (Cause) unit->main_status : CAUSE_UNEXPECTED;
        if (unit->stop_code == CLD_EXITED && unit->stop_status != 0)
                return (Cause) unit->stop_status;
        return CAUSE_UNEXPECTED;
}

/* Not by vhba-port's own exit, so what it said is not why. */
static bool was_ended(const Unit *unit) {
        return unit_is_failed(unit) && strcmp(unit->result, "exit-code") != 0;
}

int unit_message(const Unit *unit, char **ret) {
        const char *said = unit->status_text && *unit->status_text ? unit->status_text : NULL;
        Cause cause = unit_cause(unit);
        char *message = NULL;
        int r;

        if (*unit->job_result)
                r = asprintf(&message, "It was not tried: its job ended with “%s”. %s",
                             unit->job_result, cause_next_step(cause));
        else if (was_ended(unit))
                r = asprintf(&message, "systemd ended it: %s. %s%s", unit->result,
                             said ? "It said last: " : "", said ? said : "");
        else if (said)
                r = asprintf(&message, "%s", said);
        else if (cause != CAUSE_NONE)
                r = asprintf(&message, "%s", cause_next_step(cause));
        else
                r = asprintf(&message, "%s", "");
        if (r < 0)
                return -ENOMEM;

        *ret = message;
        return 0;
}
