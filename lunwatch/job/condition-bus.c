/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/condition-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/cleanup.h"
#include "lunwatch/path/filter-bus.h"
#include "lunwatch/path/wwid.h"

#include <string.h>

typedef int (*ReadFunc)(sd_bus_message *call, Condition *condition, sd_bus_error *error);

typedef struct Key {
        const char *name;
        ReadFunc read;
} Key;

static int read_text(sd_bus_message *call, char **ret) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);

        return r < 0 ? r : keep_text(ret, text);
}

/* Kept as text: a port whose name is not known yet may come. WWNs are kept in one spelling. */
static int read_port(sd_bus_message *call, char **ret, sd_bus_error *error) {
        WwnString wwn;
        Port port;
        int r;

        r = read_text(call, ret);
        if (r >= 0)
                r = filter_bus_parse_port(*ret, &port, error);
        if (r < 0 || port.transport != PATH_FC)
                return r;

        return keep_text(ret, wwn_format(port.name, wwn));
}

static int read_initiator(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        return read_port(call, &condition->initiator, error);
}

static int read_target(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        return read_port(call, &condition->target, error);
}

static int read_wwid(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        int r;

        r = read_text(call, &condition->wwid);
        if (r < 0 || wwid_is_known(condition->wwid))
                return r;

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "The Wwid is empty: give one as in naa.60014050000000100000004.");
}

static int read_lun(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        condition->has_lun = true;
        return sd_bus_message_read(call, "v", "t", &condition->lun);
}

static int read_paths(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "u", &condition->n_wanted);
        if (r < 0 || (condition->n_wanted > 0 && condition->n_wanted <= CONDITION_PATHS_MAX))
                return r;

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "One can wait for 1 to %u Paths, not for %u.", CONDITION_PATHS_MAX,
                                 condition->n_wanted);
}

static int read_bool(sd_bus_message *call, bool *ret) {
        int value, r;

        r = sd_bus_message_read(call, "v", "b", &value);
        *ret = r >= 0 && value;
        return r;
}

static int read_map(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        return read_bool(call, &condition->with_map);
}

static int read_gone(sd_bus_message *call, Condition *condition, sd_bus_error *error) {
        return read_bool(call, &condition->is_gone);
}

static const Key keys[] = {
        { "Initiator", read_initiator }, { "Target", read_target }, { "Lun", read_lun },
        { "Wwid", read_wwid },           { "Paths", read_paths },   { "Map", read_map },
        { "Gone", read_gone },
};

/* The first of the keys; those behind are for waiting only. */
#define N_SCOPE_KEYS 3

typedef struct Reading {
        size_t n_keys;
        Condition *condition;
} Reading;

static int read_key(sd_bus_message *call, const char *name, void *userdata, sd_bus_error *error) {
        const Reading *reading = userdata;

        for (size_t i = 0; i < reading->n_keys; i++)
                if (strcmp(keys[i].name, name) == 0)
                        return keys[i].read(call, reading->condition, error);

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 reading->n_keys == N_SCOPE_KEYS
                                         ? "“%s” does not say where to scan: only Initiator, "
                                           "Target and Lun do."
                                         : "“%s” is nothing to wait for: only Initiator, Target, "
                                           "Wwid, Lun, Paths, Map and Gone are.",
                                 name);
}

static int read_keys(sd_bus_message *call, size_t n_keys, Condition *condition,
                     sd_bus_error *error) {
        Reading reading = { n_keys, condition };
        const char *name;
        int r;

        r = bus_read_entries(call, read_key, &reading, &name, error);
        if (r == -ENXIO && name && !sd_bus_error_is_set(error))
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                         "“%s” has a value of another type.", name);

        return r;
}

static int check_filter(const Condition *condition, sd_bus_error *error) {
        if (!condition->initiator && !condition->target && !condition->wwid)
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_FILTER,
                                        "Wait for what? Name an Initiator, a Target or a Wwid.");
        if (condition->is_gone && (condition->n_wanted > 0 || condition->with_map))
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_FILTER,
                                        "Gone goes with neither Paths nor Map.");

        return 0;
}

static int check_scope(const Condition *condition, sd_bus_error *error) {
        if (!condition->initiator)
                return sd_bus_error_set(error, NPIVOT_ERROR_BAD_FILTER,
                                        "Scan where? Name the Initiator.");

        return 0;
}

static int read_condition(sd_bus_message *call, size_t n_keys,
                          int (*check)(const Condition *, sd_bus_error *), Condition *ret,
                          sd_bus_error *error) {
        _cleanup_(condition_done) Condition condition = { 0 };
        int r;

        r = read_keys(call, n_keys, &condition, error);
        if (r >= 0)
                r = check(&condition, error);
        if (r < 0)
                return r;

        if (condition.n_wanted == 0)
                condition.n_wanted = 1;
        *ret = condition;
        condition = (Condition){ 0 };
        return 0;
}

int condition_bus_read_filter(sd_bus_message *call, Condition *ret, sd_bus_error *error) {
        return read_condition(call, ARRAY_LEN(keys), check_filter, ret, error);
}

int condition_bus_read_scope(sd_bus_message *call, Condition *ret, sd_bus_error *error) {
        return read_condition(call, N_SCOPE_KEYS, check_scope, ret, error);
}
